// Gives constants of an XNNPACK delegate blob other names, and leaves every other byte of it as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::xnn {

struct Rename {
  std::size_t constant = 0;  // index into Graph::constants; it has a named_key
  std::string key;
};

// The blob of `graph` with these names. A name that is no longer than the one it replaces takes its place; longer ones
// follow behind the tables. Errors: Malformed (the blob's tables share bytes, so that a name cannot change alone),
// Internal (a constant that has no name), those of read_xnnpack_blob().
Result<std::vector<std::uint8_t>> rename_constants(const Graph& graph, std::span<const Rename> renames,
                                                   const std::string& name);

// Do two graphs have the same nodes, values and interface? Constants are compared in number only, and identifiers not
// at all: they name the same tables.
bool same_computation(const Graph& a, const Graph& b);

}  // namespace ptetool::xnn
