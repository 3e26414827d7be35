// NumPy's .npz: a zip archive of .npy files, both ways.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

struct NamedArray {
  std::string name;  // without the suffix .npy
  OwnedTensor array;
};

// The most that the arrays of one archive may take in memory, together: 16 GiB.
inline constexpr std::uint64_t kMaxNpzBytes = std::uint64_t{16} << 30;

// Do the bytes begin like a zip archive?
bool is_npz(ByteView bytes);

// All arrays in the archive's order, stored or deflated, with or without zip64; every CRC is checked. Entries that are
// no .npy files are refused. Errors: WrongKind, Malformed, Unsupported, Limit (more than `max_bytes` in all), and those
// of read_npy with the entry's name.
Result<std::vector<NamedArray>> read_npz(ByteView bytes, const std::string& name,
                                         std::uint64_t max_bytes = kMaxNpzBytes);

// Writes an archive as numpy.savez does: stored entries in the order given, zip64 where sizes need it. The file appears
// whole or not at all. Errors: Io, Usage (a name twice), those of write_npy.
Result<> write_npz(const std::string& path, std::span<const NamedArray> arrays);

}  // namespace ptetool
