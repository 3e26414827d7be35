// How the bytes of a file show what it is, where an identifier in a fixed place is not enough.
#pragma once

#include <string_view>

#include "ptetool/base/bytes.h"

namespace ptetool {

// As much as is looked at to call a file text.
inline constexpr std::size_t kTextSample = 4096;

inline bool starts_with(ByteView bytes, std::string_view tag) { return has_tag(bytes, 0, tag); }
inline bool printable(char c) { return c >= 0x20 && c < 0x7f; }
inline bool zero_word(ByteView bytes) { return load<std::uint32_t>(bytes, 0) == 0u; }

bool is_text(ByteView bytes);
bool is_html(ByteView bytes);
bool is_json(ByteView bytes);
bool is_xnnpack_blob(ByteView bytes);
bool is_safetensors(ByteView bytes);
bool is_zip(ByteView bytes);
// torch.save, torch.jit.save and torch.export.save put everything below one folder, with members of known names.
bool is_torch_zip(ByteView bytes);
bool is_pickle(ByteView bytes);
bool is_onnx(ByteView bytes);
bool is_core_ml(ByteView bytes);
// Four letters or digits at offset 4, and a root table that lies inside with its vtable.
bool is_flatbuffer(ByteView bytes);
// A program of a schema that nobody reads; ET02, of the months before the first release, is one of ours.
bool is_incompatible_program(ByteView bytes);

}  // namespace ptetool
