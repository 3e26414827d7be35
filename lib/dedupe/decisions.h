// Where every weight goes, and under which name: the plan before any file is made of it.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/output_names.h"
#include "dedupe/places.h"

namespace ptetool::dedupe {

// Where a use finds its bytes afterwards.
struct Home {
  std::size_t data = kNone;  // index into Decisions::data; kNone: in the program itself
  std::string_view key;      // named data and entries of data files; empty: where it was
};

struct DataEntry {
  std::string_view key;
  std::size_t content = 0;
  std::optional<ptd::TensorLayout> layout;
};

struct DataOutput {
  std::string name;
  std::size_t source = kNone;  // index into Set::data; kNone: a new file
  std::vector<DataEntry> entries;
  bool changed = true;
};

struct ProgramDecision {
  std::vector<Home> tensors;      // one for each of ProgramUses::tensors
  std::vector<Home> delegates;    // one for each of ProgramUses::delegates
  std::vector<std::size_t> data;  // into Decisions::data, ascending
};

struct Decisions {
  std::vector<DataOutput> data;
  std::vector<ProgramDecision> programs;
  std::vector<std::size_t> moves_to;  // per content: into `data`; kNone: it stays
  std::uint64_t names_changed = 0;
  std::uint64_t names_merged = 0;  // contents that delegates know under fewer names than before
  std::deque<std::string> names;   // what the views of keys point to
};

Result<Decisions> decide(const Set& set, const Weights& weights, const OutputNames& names, const Options& options);

// Does what is kept there go to a data file of its own choice?
bool moves(const Decisions& decisions, const Place& where);
// The layout that a tensor of program `p` has.
ptd::TensorLayout layout_of(const Set& set, std::size_t p, const TensorUse& use);

class Names;
// Entries of data files, and the data files of each program: every use has its home by now.
void fill_data_files(const Set& set, const Weights& weights, const Names& names, Decisions& decisions);

}  // namespace ptetool::dedupe
