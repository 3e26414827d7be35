// Who owns which byte of a file: headers, flatbuffer, every constant, segment, named tensor, and the gaps between them.
//
// The map is complete and without overlap: ranges ascend, touch each other, begin at 0 and end at the file's size.
// Where two things claim the same bytes the first in the order flatbuffer contents, constants, state, delegates, named
// data wins, and the loser is noted. Only tables are read, never the bytes of a payload.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/link/artifact.h"

namespace ptetool::layout {

enum class RangeKind : std::uint8_t {
  Header,      // root offset, identifier, extended header
  Flatbuffer,  // tables, names, instructions
  Constant,    // a constant of the program, in its segment or inside the flatbuffer
  State,       // initial content of a mutable buffer
  Delegate,    // the payload of one or more delegates
  NamedData,   // bytes that are found by key
  TestData,    // inputs and expected outputs of a bundled program
  Opaque,      // a whole that this version does not look into
  Unused,      // a segment that nothing refers to
  Padding,     // between two ranges, shorter than any alignment in use
  Gap,         // between two ranges, longer than that
  Trailing,    // behind everything
};
// A stable id, "named_data", and the words for it, "named data".
std::string_view kind_id(RangeKind kind);
std::string_view kind_name(RangeKind kind);

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  RangeKind kind = RangeKind::Padding;
  std::string name;                // "constant 3", a key, "delegate 0 of forward"; as in the file, not escaped
  std::string type;                // "float32 [3, 3]" where it is known
  std::vector<std::string> users;  // everything that refers to these bytes, at most kMostUsers
  bool cut = false;                // a part only: other ranges own the rest
};

struct ByteMap {
  std::uint64_t file_size = 0;
  bool program = false;  // headers and flatbuffer are those of a program; otherwise they only hold tables
  std::vector<Range> ranges;
  std::vector<std::string> overlaps;  // what was claimed twice or reaches beyond the file; at most kMostOverlaps
};

inline constexpr std::size_t kMostUsers = 64;
inline constexpr std::size_t kMostOverlaps = 16;

ByteMap byte_map(const Artifact& artifact);

struct SizePart {
  std::string_view id;    // "program" or "tables", "constants", "named_data" …
  std::string_view name;  // "named data"
  std::uint64_t bytes = 0;
};
// The map summed up by what people ask for; parts without bytes are left out, and the parts sum to the file's size.
std::vector<SizePart> size_breakdown(const ByteMap& map);

}  // namespace ptetool::layout
