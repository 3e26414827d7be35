// One thing of a file, taken out by the name under which the views show it.
//
// Names are, in this order: a tensor's or a key's own name; "constant 3", "initial state 3"; "forward delegate 0";
// "segment 2" or just "2"; "program", the one inside a bundled program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ptetool/format/ptd.h"
#include "ptetool/layout/inspect.h"

namespace ptetool::layout {

struct Extract {
  std::string name;
  ByteView bytes;                           // live as long as the input
  std::optional<ptd::TensorLayout> layout;  // of a tensor whose dtype and sizes the file tells
  const File* file = nullptr;               // that holds the bytes
  std::uint64_t offset = 0;                 // in it
};

// Errors: Missing (no such name, or data that was not given), Unsupported (a file of another kind), and those of the
// readers for bytes that lie outside their file.
Result<Extract> find_extract(const InspectInput& input, std::string_view name);

// Writes the bytes; to a path that ends in .npy the array, in C order. Errors: Usage (an .npy of what is no tensor),
// Malformed (a layout that cannot be), Io.
Result<> write_extract(const Extract& extract, const std::string& path);

}  // namespace ptetool::layout
