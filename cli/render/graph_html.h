// Draws the graph of a difference into a page: one row for each step of either side, and lines for what it takes.
#pragma once

#include <span>
#include <string>

#include "ptetool/compare/aligned_graph.h"

namespace ptetool::cli {

// Style rules that the markup relies on.
std::string_view graph_style();
// Around what changed, and, folded away, the whole. No scripts: folds are <details>, and each change links to the next.
std::string graph_markup(std::span<const compare::AlignedGraph> graphs);

}  // namespace ptetool::cli
