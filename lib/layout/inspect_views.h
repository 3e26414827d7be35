// The views of each kind of file; each adds what was asked for to the file's section.
#pragma once

#include "layout/inspect_tables.h"
#include "ptetool/layout/byte_map.h"
#include "ptetool/link/model.h"

namespace ptetool::layout {

// Rows of a table in the overview.
inline constexpr std::size_t kOverviewRows = 10;

// inspect_program.cc: everything about a program but its weights and delegates.
void add_program(const Lens& lens, const Model& model, const ByteMap& map, report::Section& section);

// inspect_weights.cc: tensors, named data and segments of a program.
void add_weights(const Lens& lens, const Model& model, report::Section& section);
// The largest constants, keys and delegates of the map; `model` (or null) tells the types of keys.
report::Table largest_table(const Lens& lens, const ByteMap& map, const Model* model);
// One line about the names that a program needs from outside, and its numbers.
void add_external_data(const Model& model, const std::string& program_path, report::Section& section);

// inspect_delegates.cc
void add_delegates(const Lens& lens, const Model& model, report::Section& section);
// Nodes and values of one XNNPACK graph; `model` (or null) resolves its keys.
void add_graph(const Lens& lens, const xnn::Graph& graph, const Model* model, report::Section& section);

// inspect_files.cc: data files, bundles, dumps and blobs.
void add_data_file(const Lens& lens, const ptd::DataFile& data, const ByteMap& map, report::Section& section);
void add_bundle(const Lens& lens, const Bundle& bundle, report::Section& section);
void add_dump(const Lens& lens, const etdump::EtDump& dump, report::Section& section);

// inspect_packed.cc
void add_packed_file(const Lens& lens, const packed::PackedFile& packed, report::Section& section);
void add_weight_cache(const Lens& lens, const weight_cache::WeightCache& cache, report::Section& section);

}  // namespace ptetool::layout
