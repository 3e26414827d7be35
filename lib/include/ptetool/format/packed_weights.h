// A file of the packed cache: the weights of one node as XNNPACK packed them, mapped and used as they lie.
//
//   0     8   "PTPW0001"
//   8     8   XXH3 of the header page, with these eight bytes as zeros
//   16    8   size of the weights
//   24    16  XXH3-128 of the weights: high half, low half
//   40    4   XNNPACK's number of the packing
//   44    12  sizes of three texts
//   56    32  key: also the file's name, in hexadecimal
//   88        the texts: XNNPACK build, processor, what was packed; zeros up to 4096
//   4096      the weights, then 128 zero bytes that kernels may read
//
// Integers are little-endian. A file appears complete under its name (AtomicFile) and never changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/result.h"

namespace ptetool::packed {

inline constexpr std::string_view kMagic = "PTPW0001";
inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::size_t kTailBytes = 128;
// What was packed is described in at most so many bytes.
inline constexpr std::size_t kLongestLabel = 512;

struct PackedFile {
  std::shared_ptr<const File> file;
  Sha256 key{};
  std::uint32_t seed = 0;
  std::string_view build;  // of XNNPACK's micro-kernels
  std::string_view cpu;    // cpu_identity() of the machine that packed
  std::string_view label;  // "conv2d 'a1b2…'", for people
  Fingerprint checksum;    // as stated
  ByteView weights;

  // Do the weights have the checksum? Reads all of them.
  bool intact() const { return fingerprint(weights) == checksum; }
};

// Proves everything but the checksum of the weights. Errors: Malformed.
Result<PackedFile> read_packed_weights(std::shared_ptr<const File> file);

// The header page for `weights`; the texts are cut to what fits.
std::vector<std::uint8_t> packed_header(const PackedFile& description);
// Gives a header page (at least kHeaderBytes) the checksum of what it says.
void sign_header(MutableByteView page);

}  // namespace ptetool::packed
