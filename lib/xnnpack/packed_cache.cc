// A file is named by the SHA-256 of weights, seed, build and processor. One that is torn, stale or mistaken is passed
// over with a note, and written again; the least recently used ones go first.
#include "ptetool/xnnpack/packed_cache.h"

#include <xnnpack.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "ptetool/base/cpu.h"
#include "ptetool/base/text.h"
#include "ptetool/format/packed_weights.h"

namespace ptetool {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".packed";
constexpr std::string_view kPartSuffix = ".part";
// An unfinished file of this age has no writer any more.
constexpr auto kAbandoned = std::chrono::hours(24);

// What the packing depends on besides weights and nodes.
struct Maker {
  std::string build;
  std::string cpu;
};

Maker this_maker() {
  const auto* data = static_cast<const std::uint8_t*>(xnn_experimental_get_build_identifier_data());
  std::string build;
  for (const std::uint8_t byte : ByteView(data, xnn_experimental_get_build_identifier_size())) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    build += kDigits[byte >> 4];
    build += kDigits[byte & 15];
  }
  return {std::move(build), cpu_identity()};
}

}  // namespace

struct PackedCache::State {
  PackedCacheOptions options;
  Maker maker = this_maker();

  mutable std::mutex mutex;
  PackedCacheStatistics statistics;
  std::vector<Error> notes;
  std::set<std::string> used;  // file names
  bool refused = false;        // a write failed: that is noted once

  std::string name_of(const Sha256& key, std::uint32_t seed) const {
    std::vector<std::uint8_t> all(key.begin(), key.end());
    for (int shift = 0; shift < 32; shift += 8) all.push_back(static_cast<std::uint8_t>(seed >> shift));
    for (const std::string_view text : {std::string_view(maker.build), std::string_view(maker.cpu)}) {
      const ByteView bytes = bytes_of(text);
      all.insert(all.end(), bytes.begin(), bytes.end());
      all.push_back(0);
    }
    const auto digest = sha256(all);
    return digest ? to_hex(*digest) : std::string();
  }
  std::string path_of(const std::string& name) const { return options.folder + "/" + name + std::string(kSuffix); }

  void pass_over(Error error) {
    error.message += "; these weights are packed anew";
    const std::scoped_lock lock(mutex);
    ++statistics.rejected;
    notes.push_back(std::move(error));
  }

  // Everything about a file but its checksum.
  Result<packed::PackedFile> open_file(const std::string& name, std::uint32_t seed) const {
    PTETOOL_ASSIGN(auto file, File::open(path_of(name)));
    PTETOOL_ASSIGN(packed::PackedFile opened, packed::read_packed_weights(std::move(file)));
    const auto stale = [&](const std::string& what) {
      return fail(ErrorCode::Mismatch, opened.file->name(), "", "is stale: " + what);
    };
    if (opened.build != maker.build) return stale("packed by another build of XNNPACK");
    if (opened.cpu != maker.cpu) return stale("packed for another processor");
    if (to_hex(opened.key) != name || opened.seed != seed) return stale("it holds other weights than its name says");
    return opened;
  }
};

PackedCache::PackedCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackedCache::~PackedCache() = default;

Result<std::shared_ptr<PackedCache>> PackedCache::open(PackedCacheOptions options) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  std::error_code unknown;
  if (!fs::is_directory(options.folder, unknown)) {
    return fail(ErrorCode::Io, options.folder, "",
                "is no folder for a packed cache" + (error ? ": " + error.message() : ""));
  }
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  return std::shared_ptr<PackedCache>(new PackedCache(std::move(state)));
}

std::optional<PackedCache::Weights> PackedCache::find(const Sha256& key, std::uint32_t seed) {
  const std::string name = state_->name_of(key, seed);
  const std::string path = state_->path_of(name);
  std::error_code error;
  if (name.empty() || !fs::exists(path, error)) return std::nullopt;
  auto opened = state_->open_file(name, seed);
  if (!opened) {
    // Another process may have removed it meanwhile.
    if (opened.error().code != ErrorCode::Io || fs::exists(path, error)) state_->pass_over(std::move(opened).error());
    return std::nullopt;
  }
  if (state_->options.checksums && !opened->intact()) {
    state_->pass_over(
        fail(ErrorCode::Malformed, path, "", "is damaged: the weights do not have their checksum").value());
    return std::nullopt;
  }
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);
  const std::scoped_lock lock(state_->mutex);
  ++state_->statistics.found;
  state_->statistics.found_bytes += opened->weights.size();
  state_->used.insert(name);
  return Weights{opened->file, opened->weights};
}

std::optional<PackedCache::Weights> PackedCache::add(const Sha256& key, std::uint32_t seed, std::string_view label,
                                                     ByteView weights) {
  const std::string name = state_->name_of(key, seed);
  const auto name_digest = parse_sha256(name);
  if (!name_digest) return std::nullopt;
  packed::PackedFile description;
  description.key = *name_digest;
  description.seed = seed;
  description.build = state_->maker.build;
  description.cpu = state_->maker.cpu;
  description.label = label;
  description.checksum = fingerprint(weights);
  description.weights = weights;
  bool committed = false;
  const auto write = [&]() -> Result<packed::PackedFile> {
    PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(state_->path_of(name)));
    PTETOOL_CHECK(file.write(packed::packed_header(description)));
    PTETOOL_CHECK(file.write(weights));
    const std::vector<std::uint8_t> tail(packed::kTailBytes, 0);
    PTETOOL_CHECK(file.write(tail));
    // A file that a failure of the machine tears is found out by its checksum.
    PTETOOL_CHECK(file.commit_unflushed());
    committed = true;
    return state_->open_file(name, seed);
  };
  auto written = write();
  const std::scoped_lock lock(state_->mutex);
  if (!written) {
    Error error = std::move(written).error();
    // Another process may have found the folder too large, and removed the file at once.
    if (committed && error.code == ErrorCode::Io) return std::nullopt;
    error.message += "; packed weights are kept in memory only";
    if (!std::exchange(state_->refused, true)) state_->notes.push_back(std::move(error));
    return std::nullopt;
  }
  ++state_->statistics.written;
  state_->statistics.written_bytes += weights.size();
  state_->used.insert(name);
  return Weights{written->file, written->weights};
}

void PackedCache::trim() {
  struct Found {
    fs::file_time_type used;
    std::uint64_t size;
    fs::path path;
    bool operator<(const Found& other) const { return used < other.used; }
  };
  std::vector<Found> files;
  std::uint64_t total = 0;
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  for (fs::directory_iterator at(state_->options.folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::string name = at->path().filename().string();
    const bool part = name.ends_with(kPartSuffix) && name.find(kSuffix) != std::string::npos;
    if (!part && !name.ends_with(kSuffix)) continue;
    const auto used = at->last_write_time(gone);
    const std::uint64_t size = gone ? 0 : at->file_size(gone);
    if (gone) continue;
    if (part) {
      if (now - used > kAbandoned) fs::remove(at->path(), gone);
      continue;
    }
    files.push_back({used, size, at->path()});
    total += size;
  }
  std::ranges::sort(files, std::less<>());
  const std::scoped_lock lock(state_->mutex);
  for (const Found& file : files) {
    if (total <= state_->options.max_bytes) return;
    if (state_->used.contains(file.path.stem().string())) continue;
    std::error_code kept;
    if (!fs::remove(file.path, kept)) continue;
    total -= file.size;
    ++state_->statistics.removed;
  }
}

PackedCacheStatistics PackedCache::statistics() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->statistics;
}

std::vector<Error> PackedCache::take_notes() {
  const std::scoped_lock lock(state_->mutex);
  return std::exchange(state_->notes, {});
}

}  // namespace ptetool
