// Seeded random numbers for inputs that nobody gave.
#pragma once

#include <cstdint>

namespace ptetool {

// SplitMix64: the same seed gives the same numbers on every machine. Not for secrets.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  double uniform();  // [0, 1)
  double normal();   // mean 0, deviation 1, with the precision of a float32

 private:
  std::uint64_t state_;
};

}  // namespace ptetool
