// The way back from model structs to flatbuffers: vectors and strings that keep "absent" and "empty" apart, and the
// header that is put in behind the file identifier.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "format/flatbuffer.h"
#include "ptetool/base/bytes.h"

namespace ptetool::format {

using Builder = flatbuffers::FlatBufferBuilder;

// Absent where the view's data() is null.
inline flatbuffers::Offset<flatbuffers::String> write_text(Builder& builder, std::string_view text) {
  if (text.data() == nullptr) return 0;
  return builder.CreateString(text.data(), text.size());
}

template <class T>
flatbuffers::Offset<flatbuffers::Vector<T>> write_items(Builder& builder, std::span<const T> items) {
  if (items.data() == nullptr) return 0;
  return builder.CreateVector(items.data(), items.size());
}

inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> write_aligned(Builder& builder, ByteView bytes,
                                                                            std::size_t alignment) {
  if (bytes.data() == nullptr) return 0;
  builder.PreAlign(bytes.size(), alignment);  // ForceVectorAlignment() asserts that alignments end at 32
  return builder.CreateVector(bytes.data(), bytes.size());
}

// A vector of tables, also where it is empty.
template <class Table, class Model, class Write>
flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<Table>>> write_all(Builder& builder,
                                                                               const std::vector<Model>& models,
                                                                               Write&& write) {
  std::vector<flatbuffers::Offset<Table>> tables;
  tables.reserve(models.size());
  for (const Model& model : models) tables.push_back(write(model));
  return builder.CreateVector(tables);
}

// The finished flatbuffer with `header` put in behind the identifier; the header's length must be a multiple of the
// buffer's alignment.
inline std::vector<std::uint8_t> with_header(const Builder& builder, ByteView header) {
  constexpr std::size_t kBeforeHeader = 8;
  const ByteView buffer(builder.GetBufferPointer(), builder.GetSize());
  const auto root = load<std::uint32_t>(buffer, 0).value_or(0) + static_cast<std::uint32_t>(header.size());
  std::vector<std::uint8_t> bytes;
  bytes.reserve(buffer.size() + header.size());
  const ByteView root_bytes = bytes_of(std::span<const std::uint32_t>(&root, 1));
  bytes.insert(bytes.end(), root_bytes.begin(), root_bytes.end());
  bytes.insert(bytes.end(), buffer.begin() + sizeof root, buffer.begin() + kBeforeHeader);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), buffer.begin() + kBeforeHeader, buffer.end());
  return bytes;
}

// Appends a number in the file's byte order.
template <class T>
void put(std::vector<std::uint8_t>& bytes, T number) {
  const ByteView view = bytes_of(std::span<const T>(&number, 1));
  bytes.insert(bytes.end(), view.begin(), view.end());
}

inline void put_tag(std::vector<std::uint8_t>& bytes, std::string_view tag) {
  const ByteView view = bytes_of(tag);
  bytes.insert(bytes.end(), view.begin(), view.end());
}

}  // namespace ptetool::format
