// One fuzz input as a program and perhaps a data file: the program alone, or eight bytes with its length, the program,
// and the data file.
#pragma once

#include <optional>

#include "ptetool/base/bytes.h"

namespace ptetool {

struct SplitInput {
  ByteView program;
  std::optional<ByteView> data;
};

inline SplitInput split_input(ByteView bytes) {
  const auto length = load<std::uint64_t>(bytes, 0);
  if (!length || has_tag(bytes, 4, "ET12") || *length > bytes.size() - 8) return {bytes, std::nullopt};
  return {bytes.subspan(8, static_cast<std::size_t>(*length)), bytes.subspan(8 + static_cast<std::size_t>(*length))};
}

}  // namespace ptetool
