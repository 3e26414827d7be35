// Writes a data file of any size with real tables and sparse contents, to see what opening a multi-gigabyte file costs.
//   large_ptd OUT.ptd [GIGABYTES=2.4] [TENSORS=400]
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "flat_tensor_generated.h"

namespace {

namespace fb = ptetool::fb::ptd;

constexpr std::uint64_t kAlignment = 128;
constexpr std::uint64_t kHeaderSize =
    40;  // padded to 48 behind the first eight bytes, of which 8 are counted before it

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

template <class T>
void put(std::vector<std::uint8_t>& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: large_ptd OUT.ptd [GIGABYTES=2.4] [TENSORS=400]\n");
    return 2;
  }
  const double gigabytes = argc > 2 ? std::atof(argv[2]) : 2.4;
  const auto tensors = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 400);
  const auto columns = static_cast<std::uint64_t>(gigabytes * 1e9 / 4 / 1024 / static_cast<double>(tensors));
  const std::uint64_t size = columns * 1024 * 4;

  flatbuffers::FlatBufferBuilder builder(1 << 20);
  std::vector<flatbuffers::Offset<fb::DataSegment>> segments;
  std::vector<flatbuffers::Offset<fb::NamedData>> entries;
  std::uint64_t offset = 0;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    segments.push_back(fb::CreateDataSegment(builder, offset, size));
    const std::vector<std::int32_t> sizes = {1024, static_cast<std::int32_t>(columns)};
    const std::vector<std::uint8_t> dim_order = {0, 1};
    const auto layout =
        fb::CreateTensorLayoutDirect(builder, ptetool::fb::scalar::ScalarType::FLOAT, &sizes, &dim_order);
    const std::string key = fmt::format("layers.{}.attention.w{}.weight", i / 7, i % 7);
    entries.push_back(fb::CreateNamedDataDirect(builder, key.c_str(), static_cast<std::uint32_t>(i), layout));
    offset += align_up(size, kAlignment);
  }
  builder.Finish(fb::CreateFlatTensorDirect(builder, 0, &segments, &entries), "FT01");

  // The header goes in behind the identifier; the root offset grows by what is put in.
  const std::uint64_t inserted = align_up(kHeaderSize, 16);
  const std::uint64_t flatbuffer_size = builder.GetSize();
  const std::uint64_t base = align_up(flatbuffer_size + inserted, kAlignment);
  std::vector<std::uint8_t> head(base, 0);
  std::memcpy(head.data(), builder.GetBufferPointer(), 8);
  std::memcpy(head.data() + 8 + inserted, builder.GetBufferPointer() + 8, flatbuffer_size - 8);
  std::uint32_t root = 0;
  std::memcpy(&root, head.data(), sizeof root);
  put(head, 0, static_cast<std::uint32_t>(root + inserted));
  std::memcpy(head.data() + 8, "FH01", 4);
  put(head, 12, static_cast<std::uint32_t>(kHeaderSize));
  put(head, 16, std::uint64_t{inserted});
  put(head, 24, flatbuffer_size);
  put(head, 32, base);
  put(head, 40, offset);

  const int file = ::open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || ::write(file, head.data(), head.size()) != static_cast<ssize_t>(head.size()) ||
      ::ftruncate(file, static_cast<off_t>(base + offset)) != 0 || ::close(file) != 0) {
    std::perror(argv[1]);
    return 2;
  }
  fmt::print("{}: {} tensors, {} bytes\n", argv[1], tensors, base + offset);
  return 0;
}
