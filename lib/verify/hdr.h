// What the rules about headers of programs and of data files share.
#pragma once

#include <cstdint>
#include <string>

#include "verify/rule.h"

namespace ptetool::verify {

// ExecuTorch asks for this many bytes before it looks at a program or a data file.
inline constexpr std::uint64_t kHeadBytes = 64;

inline std::string beyond(std::uint64_t base, std::uint64_t size, std::uint64_t file_size) {
  return "the segment area (offset " + std::to_string(base) + ", size " + std::to_string(size) +
         ") ends beyond the file's " + std::to_string(file_size) + " bytes: the file is cut off or its header damaged";
}

}  // namespace ptetool::verify
