// The bridge from generated flatbuffers code to model structs: verification with limits that fit, and views.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool::format {

// A flatbuffer's offsets are 32 bit signed: 2 GiB minus one byte is the largest that can be addressed.
inline constexpr std::uint64_t kMaxFlatbufferBytes = (std::uint64_t{1} << 31) - 1;
// Tables nest a handful deep in every schema here; the library's own default.
inline constexpr flatbuffers::uoffset_t kMaxTableDepth = 64;

// Every table is reached through an offset of four bytes, so a file of n bytes that shares no vectors holds at most n
// / 4. The library's default, a million, is too low for large programs and too high for small hostile ones, which could
// make few bytes expand to very many structs by sharing.
inline flatbuffers::uoffset_t max_tables(std::uint64_t size) {
  return static_cast<flatbuffers::uoffset_t>(size / 4 + 64);
}

// Proves every offset of the flatbuffer at the start of `bytes` (aligned to 16). `what` names it in messages.
template <class Root>
Result<const Root*> verified_root(ByteView bytes, const std::string& file, std::string_view what,
                                  const char* identifier = nullptr) {
  if (bytes.size() >= kMaxFlatbufferBytes) {
    return fail(ErrorCode::Limit, file, "",
                std::string(what) + " of " + std::to_string(bytes.size()) +
                    " bytes: flatbuffers end below 2 GiB, so these bytes cannot be one");
  }
  // Root offset and identifier; the library reads both without asking for the size first.
  if (bytes.size() < 8) return fail(ErrorCode::Malformed, file, "", std::string(what) + " is cut off", 0);
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kMaxTableDepth, max_tables(bytes.size()));
  if (!verifier.VerifyBuffer<Root>(identifier)) {
    return fail(
        ErrorCode::Malformed, file, "",
        std::string(what) + " is corrupt: an offset, table, vector or string in it leaves the bytes or overlaps");
  }
  return flatbuffers::GetRoot<Root>(bytes.data());
}

inline std::string_view text(const flatbuffers::String* string) {
  return string ? std::string_view(string->c_str(), string->size()) : std::string_view();
}

// A vector of numbers in place; data() is null where the file has no vector.
template <class T>
std::span<const T> items(const flatbuffers::Vector<T>* vector) {
  return vector ? std::span<const T>(vector->data(), vector->size()) : std::span<const T>();
}

// The same for numbers of eight bytes, whose alignment the verifier leaves unproved (it asks for four): `aligned`
// becomes false, and the view empty, where they cannot be read in place.
template <class T>
std::span<const T> wide_items(const flatbuffers::Vector<T>* vector, bool& aligned) {
  static_assert(sizeof(T) == 8);
  if (!vector) return {};
  if (vector->size() != 0 && !is_aligned(vector->Data(), alignof(T))) {
    aligned = false;
    return {};
  }
  return items(vector);
}

// Position of a table, vector or string inside `bytes`.
inline std::uint64_t offset_in(ByteView bytes, const void* object) {
  return static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(object) - bytes.data());
}

// Converts each table of a vector; an absent vector gives an empty result.
template <class Model, class Table, class Convert>
std::vector<Model> convert_all(const flatbuffers::Vector<flatbuffers::Offset<Table>>* tables, Convert&& convert) {
  std::vector<Model> models;
  if (!tables) return models;
  models.reserve(tables->size());
  for (const Table* table : *tables) models.push_back(convert(*table));
  return models;
}

}  // namespace ptetool::format
