// Views of file bytes, and the only reinterpret_casts of the project. Integers in all formats are little-endian, and so
// must the host be.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "ptetool/base/checked.h"

namespace ptetool {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian and read in place");

using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

// The part [offset, offset + size) of bytes, if it lies inside.
[[nodiscard]] inline std::optional<ByteView> subview(ByteView bytes, std::uint64_t offset, std::uint64_t size) {
  if (!range_within(offset, size, bytes.size())) return std::nullopt;
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// The number of type T at `offset`, of any alignment.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::optional<T> load(ByteView bytes, std::uint64_t offset) {
  const auto part = subview(bytes, offset, sizeof(T));
  if (!part) return std::nullopt;
  T value;
  std::memcpy(&value, part->data(), sizeof(T));
  return value;
}

// The bytes as an array of T (a length that is no multiple is cut down); nullopt where they are not aligned for T.
template <class T>
[[nodiscard]] std::optional<std::span<const T>> as_array(ByteView bytes) {
  if (bytes.empty()) return std::span<const T>();
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) != 0) return std::nullopt;
  return std::span<const T>(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
}

// How many bytes lie before `pointer` since the last place with this alignment.
[[nodiscard]] inline std::size_t bytes_past(const void* pointer, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment;
}

[[nodiscard]] inline bool is_aligned(const void* pointer, std::size_t alignment) {
  return bytes_past(pointer, alignment) == 0;
}

// The object representation of an array.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] ByteView bytes_of(std::span<const T> items) {
  return {reinterpret_cast<const std::uint8_t*>(items.data()), items.size_bytes()};
}

[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The bytes as text; not checked to be UTF-8.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Do the bytes at `offset` spell `tag`?
[[nodiscard]] inline bool has_tag(ByteView bytes, std::uint64_t offset, std::string_view tag) {
  const auto part = subview(bytes, offset, tag.size());
  return part && as_text(*part) == tag;
}

// Bytes that keep whatever owns them alive (a mapped file, a copy on the heap).
struct Bytes {
  ByteView view;
  std::shared_ptr<const void> owner;
};

}  // namespace ptetool
