// Which contents move, and where to: what two or more programs use goes where all of them find it.
#pragma once

#include <set>
#include <vector>

#include "dedupe/decisions.h"

namespace ptetool::dedupe {

struct Choice {
  std::vector<std::size_t> moves_to;          // per content: into Decisions::data; kNone: it stays
  std::vector<std::set<std::size_t>> leaves;  // per program: contents that leave its payloads
};

// Adds the data files that are new to `data`.
Choice choose(const Weights& weights, const Options& options, std::vector<DataOutput>& data);

}  // namespace ptetool::dedupe
