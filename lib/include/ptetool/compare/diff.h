// What changed from one set of files to another: two programs, each with its data files, or two data files.
//
// Weights are matched by content, then by name, then by where they are used; instructions and the nodes of XNNPACK
// graphs by a sequence alignment over what they compute. Nothing is executed. Weights are compared where they lie,
// block by block, and what was read is given back to the system, so that files of any size take little memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/compare/aligned_graph.h"
#include "ptetool/compare/tensors.h"
#include "ptetool/link/artifact.h"

namespace ptetool::compare {

// Bytes done and bytes to do.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

enum class Part : std::uint8_t {
  Interface,  // inputs and outputs of methods
  Operators,  // how often each is called
  Graph,      // instructions
  Delegates,  // and the graphs inside XNNPACK's
  Weights,
  Memory,    // planned arenas and mutable state; only the latter is a difference by itself
  Metadata,  // constant methods
  Tests,     // test cases of bundled programs
  Sizes,     // what the files are made of; never a difference by itself
  Cosmetic,  // what no runtime notices; never a difference by itself
};
std::string_view part_id(Part part);  // "interface", "operators" …
std::optional<Part> find_part(std::string_view id);

struct Side {
  Artifact artifact;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;  // that serve it, if it is a program
};

struct DiffOptions {
  std::vector<Part> parts;      // empty: all
  Tolerance tolerance;          // within which the numbers of weights count as equal
  std::string method;           // only this one; empty: all
  std::uint64_t most_rows = 0;  // of each table; 0: all
  bool brief = false;           // one line per part
  bool graphs = false;          // also Difference::graphs
  Progress progress;            // of reading weights; may be empty
};

struct Difference {
  bool differs = false;              // something is known to differ
  bool equal = true;                 // nothing differs, and nothing is left that could not be compared
  report::Report report;             // "ptetool/diff/1" (docs/json/diff.md)
  std::vector<AlignedGraph> graphs;  // of methods and delegates that differ, where `graph` and `delegates` are wanted
  std::vector<Error> problems;       // what could not be compared because a file is damaged
  std::vector<Error> notes;          // what was not compared because it is not there: weights without their data file
};

// Errors: WrongKind (two files that cannot be compared), Missing (a method that neither side has).
Result<Difference> diff(const Side& old_side, const Side& new_side, const DiffOptions& options);

}  // namespace ptetool::compare
