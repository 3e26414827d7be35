// What a method needs in memory according to its plan: arenas, and the part of them that lives from call to call.
#pragma once

#include <cstdint>
#include <vector>

#include "ptetool/base/byte_ranges.h"
#include "ptetool/link/model.h"

namespace ptetool::layout {

struct Arena {
  std::uint32_t id = 0;           // as values name it, from 1
  std::uint64_t size = 0;         // planned bytes
  std::uint64_t state_bytes = 0;  // of them: mutable buffers
  ByteRanges state = {};          // where they lie
  std::uint64_t tensors = 0;      // values planned into it
  std::int8_t device_type = 0;    // 0: CPU, 1: CUDA
  std::int8_t device_index = 0;
};

struct MethodMemory {
  std::vector<Arena> arenas;
  std::uint64_t planned_bytes = 0;            // of all arenas
  std::uint64_t state_bytes = 0;              // mutable buffers: the sum of the three that follow
  std::uint64_t initialised_state_bytes = 0;  // begin with content from the program
  std::uint64_t external_state_bytes = 0;     // begin with content from a data file
  std::uint64_t zero_state_bytes = 0;         // begin as zeros: read before anything writes them
};

// Sizes that the file states and that are negative or overflow count as nothing; verify reports them.
MethodMemory method_memory(const Model& model, std::size_t plan);

}  // namespace ptetool::layout
