// Embedding tables in mapped files. An instruction reads a few rows of them, but the system maps up to a megabyte
// around each; what it mapped is given back when the instruction is done, and meanwhile where it reads many.
#pragma once

#include <cstddef>
#include <optional>

#include "ptetool/base/file.h"

namespace ptetool {

struct MethodState;

struct RowTable {
  const File* file = nullptr;  // the model's
  ByteView bytes;
  std::optional<std::size_t> indices;  // the value that says which rows; nullopt: a constant does
};

// Finds the tables that are large enough to matter, and tells the instructions that read them. Needs the bound chains.
void find_row_tables(MethodState& state);

}  // namespace ptetool
