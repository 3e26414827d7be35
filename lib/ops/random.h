// Numbers that look random: a function of a seed and a position, so that they do not depend on threads, and a run can
// be repeated. Every call of an operator in a process takes the next seed, the same ones in every process.
#pragma once

#include <cstdint>

namespace ptetool::ops {

class Random {
 public:
  Random();  // the next seed

  // 64 random bits (splitmix64).
  std::uint64_t bits(std::uint64_t position) const;
  // In [0, 1), a multiple of 2^-digits; at most 53 digits.
  double uniform(std::uint64_t position, int digits = 53) const;
  // The normal distribution; takes two positions.
  double normal(std::uint64_t position) const;

 private:
  std::uint64_t seed_;
};

}  // namespace ptetool::ops
