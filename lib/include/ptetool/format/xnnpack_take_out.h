// Takes constants out of an XNNPACK delegate blob: what exporters before v0.6 kept inside becomes named data, as they
// write it since.
#pragma once

#include "ptetool/format/xnnpack_rename.h"

namespace ptetool::xnn {

// Can constants be taken out? Not of a graph with nodes or values that this schema does not know: they would be lost.
// Nor where tables share bytes, which no writer does.
bool can_take_out(const Graph& graph);

// Per constant: does a value take its bytes or its scales from it?
std::vector<bool> used_constants(const Graph& graph);

// The blob of `graph` in today's layout, whatever layout it had, with these names: constants that were inside and have
// a name now are left out, others that were inside stay (names may be for constants of either kind). Runtimes since
// v0.6 read it. Errors: Unsupported (can_take_out() says no, or what was written is not the same graph), those of
// read_xnnpack_blob().
Result<std::vector<std::uint8_t>> take_out_constants(const Graph& graph, std::span<const Rename> names,
                                                     const std::string& name);

}  // namespace ptetool::xnn
