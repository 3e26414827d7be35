// Where the tensors of a program have their content: the constant segment and the table of initial state, made anew.
#pragma once

#include <map>
#include <vector>

#include "dedupe/draft.h"

namespace ptetool::dedupe {

// Borrows everything; `out` is a copy of the source that is being changed.
class TensorTables {
 public:
  TensorTables(const pte::Program& source, const Draft& draft, std::size_t p, pte::Program& out)
      : source_(source),
        draft_(draft),
        uses_(draft.weights.programs[p]),
        decision_(draft.decisions.programs[p]),
        out_(out) {}

  // Every tensor of `out` gets its place, and `segments` the segments that the places are in.
  Result<> place(std::vector<format::SegmentContent>& segments);

  bool changed() const { return changed_; }
  const std::vector<std::size_t>& stored() const { return stored_; }  // contents

 private:
  const Place& place_of(std::size_t index) const { return draft_.weights.places[index]; }
  Result<> read_state();
  void number_constants();
  std::uint32_t constant(std::size_t content);
  std::uint32_t initial_state(const Place& where);
  void place_tensors();
  void finish_constants(std::vector<format::SegmentContent>& segments);
  void finish_state(std::vector<format::SegmentContent>& segments);

  const pte::Program& source_;
  const Draft& draft_;
  const ProgramUses& uses_;
  const ProgramDecision& decision_;
  pte::Program& out_;
  bool changed_ = false;
  format::SegmentContent constants_;
  std::vector<std::uint64_t> constant_offsets_{0};
  std::map<std::size_t, std::uint32_t> constant_index_;
  std::vector<format::SegmentContent> state_;
  std::vector<std::vector<std::uint64_t>> state_offsets_;
  std::map<std::size_t, std::uint32_t> state_index_;
  bool rebuild_state_ = false;
  std::vector<std::size_t> stored_;
};

}  // namespace ptetool::dedupe
