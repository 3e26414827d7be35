// What a template may use up. Templates come from strangers: one that never ends, or that doubles a text over and over,
// has to end in an error.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ptetool/base/result.h"

namespace ptetool::llm::jinja {

struct Limits {
  std::uint64_t steps = 20'000'000;                // nodes evaluated, items looked at
  std::uint64_t bytes = std::uint64_t{256} << 20;  // of all values ever made, the output included
  std::size_t depth = 400;                         // statements, expressions and calls inside each other
};

class Budget {
 public:
  explicit Budget(const Limits& limits) : left_(limits) {}

  Result<> steps(std::uint64_t count = 1) {
    if (count > left_.steps) return fail(ErrorCode::Limit, "the template takes too many steps");
    left_.steps -= count;
    return {};
  }
  Result<> bytes(std::uint64_t count) {
    if (count > left_.bytes) return fail(ErrorCode::Limit, "the template takes too much memory");
    left_.bytes -= count;
    return {};
  }

  // One level deeper while it lives.
  class Level {
   public:
    explicit Level(Budget& budget) : budget_(budget), fits_(budget.left_.depth != 0) {
      if (fits_) --budget_.left_.depth;
    }
    ~Level() {
      if (fits_) ++budget_.left_.depth;
    }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Result<> check() const {
      if (fits_) return {};
      return fail(ErrorCode::Limit, "the template is nested too deeply, or calls itself without end");
    }

   private:
    Budget& budget_;
    bool fits_;
  };

 private:
  Limits left_;
};

}  // namespace ptetool::llm::jinja
