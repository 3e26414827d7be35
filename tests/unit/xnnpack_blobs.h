// XNNPACK blobs built with the schema's own builders, and read.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack_graph_generated.h"

namespace xnnpack_blobs {

using namespace ptetool;
using Builder = flatbuffers::FlatBufferBuilder;
using Blob = std::vector<std::uint8_t>;

inline Blob finish(Builder& builder, flatbuffers::Offset<fb::xnn::XNNGraph> root, const char* identifier = "XN01") {
  builder.Finish(root, identifier);
  return Blob(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

template <class T>
void put(Blob& blob, std::size_t offset, T value) {
  std::memcpy(blob.data() + offset, &value, sizeof(T));
}

// A graph with its header and constant region, as writers since v0.2 lay it out.
inline Blob with_header(const Blob& flatbuffer, const Blob& constants) {
  const std::size_t constant_offset = 32 + (flatbuffer.size() + 15) / 16 * 16;
  Blob blob(constant_offset + constants.size());
  std::memcpy(blob.data() + 4, "XH00", 4);
  put<std::uint16_t>(blob, 8, 30);
  put(blob, 10, std::uint32_t{32});
  put(blob, 14, static_cast<std::uint32_t>(flatbuffer.size()));
  put(blob, 18, static_cast<std::uint32_t>(constant_offset));
  put(blob, 22, std::uint64_t{constants.size()});
  std::copy(flatbuffer.begin(), flatbuffer.end(), blob.begin() + 32);
  std::copy(constants.begin(), constants.end(), blob.begin() + static_cast<std::ptrdiff_t>(constant_offset));
  return blob;
}

inline Result<xnn::Graph> read(const Blob& blob, std::size_t shift = 0) {
  Blob shifted(blob.size() + shift);
  std::copy(blob.begin(), blob.end(), shifted.begin() + static_cast<std::ptrdiff_t>(shift));
  const auto file = File::from_bytes("graph.bin", shifted);
  return xnn::read_xnnpack_blob({file->bytes().subspan(shift), file}, "graph.bin");
}

}  // namespace xnnpack_blobs
