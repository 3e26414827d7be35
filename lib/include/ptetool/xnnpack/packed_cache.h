// Packed weights on disk, so that a second start packs nothing: a folder with a file for each
// (format/packed_weights.h), used by any number of processes at once.
//
// A file's name is the digest of everything that decides its content: the weights' own digest, the node's packing
// parameters, XNNPACK's build and the processor. So whoever finds a file may use it, and two that write the same one
// write the same bytes. Files are mapped read-only: their pages belong to the page cache and are shared. Every file is
// proved when it is opened, its checksum included unless that is switched off; one that is not sound is passed over,
// noted, and written anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/result.h"

namespace ptetool {

struct PackedCacheOptions {
  std::string folder;
  // The files of the folder are kept below this: those that were used longest ago go first. What this process uses
  // stays, whatever its size.
  std::uint64_t max_bytes = std::uint64_t{8} << 30;
  // Compare the weights with their checksum when a file is opened; without, only the header is proved.
  bool checksums = true;
};

struct PackedCacheStatistics {
  std::uint64_t found = 0;  // files that were there and sound
  std::uint64_t found_bytes = 0;
  std::uint64_t written = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t rejected = 0;  // files that were there, but not sound
  std::uint64_t removed = 0;   // to keep the limit
};

// Thread-safe.
class PackedCache {
 public:
  // Creates the folder if it is not there. Errors: Io.
  static Result<std::shared_ptr<PackedCache>> open(PackedCacheOptions options);
  ~PackedCache();
  PackedCache(const PackedCache&) = delete;
  PackedCache& operator=(const PackedCache&) = delete;

  // Weights in a mapped file; kernels may read kTailBytes beyond them.
  struct Weights {
    std::shared_ptr<const File> file;
    ByteView bytes;
  };

  // The weights of this key and packing number, if they are there and sound. Marks them as used now.
  std::optional<Weights> find(const Sha256& key, std::uint32_t seed);
  // Writes them, and gives them back from the file; nullopt where that is not possible, which is noted.
  std::optional<Weights> add(const Sha256& key, std::uint32_t seed, std::string_view label, ByteView weights);
  // Removes what is beyond the limit, and what interrupted writers left behind long ago.
  void trim();

  PackedCacheStatistics statistics() const;
  // What the user should know, since the last call: files that were passed over, a folder that cannot be written.
  std::vector<Error> take_notes();

 private:
  struct State;
  explicit PackedCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ptetool
