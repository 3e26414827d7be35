// Both sides of a method, or of a delegate's graph, as one sequence of steps: what a drawing of the difference is made
// of.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ptetool::compare {

struct AlignedGraph {
  struct Row {
    // "inserted", "removed", "moved" (a row where it was, one where it is), "changed", "rewired"; empty: the same
    std::string change;
    std::optional<std::size_t> old_index;
    std::optional<std::size_t> new_index;
    std::string name;     // "aten::add.out"
    std::string details;  // what changed, where it moved; of others the types of the arguments
    // Rows whose results this one takes, each once, in ascending order.
    std::vector<std::size_t> old_sources;
    std::vector<std::size_t> new_sources;
  };

  std::string title;      // "forward", "forward delegate 0"
  std::vector<Row> rows;  // what was removed or moved away where it was
};

}  // namespace ptetool::compare
