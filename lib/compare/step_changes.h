// What differs between two sequences of steps, as rows of a table and as counts: of a method's instructions, and of the
// nodes of XNNPACK graphs.
#pragma once

#include <string>
#include <string_view>

#include "compare/diff_parts.h"

namespace ptetool::compare {

class StepChanges {
 public:
  // `place`: what the first column is about.
  StepChanges(std::string id, std::string title, std::string_view place);

  void add(const std::string& place, const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
           const WeightMatch& match);
  // Counts, in words about `noun`, and the table; once, at the end.
  void finish(PartResult& result, std::string_view noun);

 private:
  report::Table table_;
  std::uint64_t inserted_ = 0, removed_ = 0, moved_ = 0, changed_ = 0, rewired_ = 0;
};

}  // namespace ptetool::compare
