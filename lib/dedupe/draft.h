// The files of a plan before they are written, and what their views point to.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "dedupe/decisions.h"
#include "ptetool/format/image.h"

namespace ptetool::dedupe {

struct Draft {
  Weights weights;
  Decisions decisions;
  std::vector<format::FileImage> images;               // one for each of Plan::outputs
  std::vector<std::size_t> program_outputs;            // per program of the set: into Plan::outputs
  std::vector<std::vector<std::size_t>> program_data;  // per program: into Plan::outputs
  std::deque<std::vector<std::uint8_t>> blobs;         // payloads with other names
  std::map<std::size_t, std::uint64_t> stored;         // per content: how often the plan stores it
};

// A file as it is.
format::FileImage copy_of(const File& file);

// The new form of program `p`; nullopt where nothing in it changes. Adds to draft.blobs and draft.stored.
Result<std::optional<format::FileImage>> build_program(const Set& set, Draft& draft, std::size_t p,
                                                       const Options& options);

Result<format::FileImage> build_data(const Set& set, Draft& draft, const DataOutput& output);

// Is what stands in the written files the same for every program as what stood in the sources? `files` are
// Plan::outputs, opened. Errors: Internal, with the place that differs.
Result<> compare_with_sources(const Set& set, const Draft& draft, std::span<const std::shared_ptr<const File>> files);

}  // namespace ptetool::dedupe
