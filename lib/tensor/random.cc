// The generator behind random inputs: small, documented, and free of anything that differs between machines.
#include "ptetool/tensor/random.h"

#include <cmath>
#include <numbers>

namespace ptetool {

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

double SeededRandom::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double SeededRandom::normal() {
  // Box-Muller. Mathematics libraries differ in the last bit of a logarithm or cosine: rounding to float hides it.
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  return static_cast<double>(static_cast<float>(radius * std::cos(angle)));
}

}  // namespace ptetool
