// The weight store as XNNPACK sees it: a weights cache for the creation of one runtime.
//
// XNNPACK asks for weights by the addresses of filter and bias, and leaves out of the question whatever else it packs
// along with them (scales, zero points, sums). So whoever compiles a node says beforehand what the addresses stand for:
// content and packing parameters. What was not announced is packed and kept for this runtime alone.
#pragma once

#include <xnnpack.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ptetool/base/hash.h"
#include "ptetool/base/pages.h"
#include "ptetool/base/reading_window.h"
#include "ptetool/runtime/delegate.h"
#include "ptetool/xnnpack/weight_store.h"

namespace ptetool::xnn {

struct PackedWeights;

// Collects everything that decides how weights are packed.
class PackingKey {
 public:
  void add(ByteView bytes);
  void add(std::uint64_t number);
  void add(const Sha256& digest);
  // The digest of all that was added; nullopt if there is no SHA-256 to be had.
  std::optional<Sha256> digest() const;

 private:
  std::vector<std::uint8_t> bytes_;
};

// Bytes of a mapped file that are not needed once they are packed. The file outlives the creation of the runtime.
struct PackedSource {
  const File* file = nullptr;  // null: nothing to give back
  ByteView bytes;
};

// Bytes that a key promises to have this digest. What is written to disk is used for whoever promises the same, so the
// promise is held to before.
struct Promise {
  ByteView bytes;
  Sha256 digest;
};

// What a pair of addresses stands for.
struct Announcement {
  Sha256 key;
  PackedSource source;
  std::vector<Promise> promises;
  std::string label;      // for people: the key of the filter, or what the node is
  bool streamed = false;  // a product with a single row may read all of it
};

// Lives as long as the runtime that was created with it, and holds its weights.
class WeightSession {
 public:
  explicit WeightSession(std::shared_ptr<WeightStore> store);
  ~WeightSession();
  WeightSession(const WeightSession&) = delete;
  WeightSession& operator=(const WeightSession&) = delete;

  // What XNNPACK will ask for as (filter, bias) is `key`. Two announcements of one pair with different keys cancel each
  // other: neither is shared.
  void announce(const void* filter, const void* bias, Announcement announcement);

  xnn_weights_cache_t handle() { return &provider_; }
  // The runtime is created: from now on XNNPACK only reads.
  void finish();
  // What it holds.
  std::vector<PackedPart> parts() const;
  // Why the weights must not be used though XNNPACK has packed them: they are not what their key promises.
  const std::string& corrupt() const { return corrupt_; }

 private:
  // Null: not announced, or ambiguous.
  const Announcement* find(const xnn_weights_cache_look_up_key& key) const;
  // What there is under this key: here, or on disk. The disk is asked once for what is packed next.
  std::shared_ptr<const PackedWeights> existing(const Sha256& key, std::uint32_t seed, const std::string& label);
  // Are the sources what their keys promise? Remembers where they are not.
  bool kept_promises(const Announcement& announcement);
  std::size_t look_up(const xnn_weights_cache_look_up_key& key);
  void* reserve(std::size_t size);
  std::size_t insert(const xnn_weights_cache_look_up_key& key, void* data, std::size_t size);
  std::size_t keep(std::shared_ptr<const PackedWeights> weights);
  // Checksums and packing have read the source; nobody else does.
  void give_back(const Announcement& announcement);

  std::shared_ptr<WeightStore> store_;
  xnn_weights_cache_provider provider_{};
  std::map<std::pair<const void*, const void*>, std::optional<Announcement>> announced_;  // nullopt: ambiguous
  std::vector<std::shared_ptr<const PackedWeights>> kept_;
  std::shared_ptr<PackedWeights> pending_;  // reserved, and being packed
  std::optional<ReadingWindow> reading_;    // of what is being packed
  PageSize pages_ = PageSize::Medium;       // for what XNNPACK reserves next
  PageReleases releases_;                   // of sources
  std::size_t last_hit_ = SIZE_MAX;         // of the last look_up
  std::optional<Sha256> missing_;           // what the disk did not have when it was asked last
  std::string corrupt_;
  bool wrote_ = false;  // to disk
  bool finished_ = false;
};

}  // namespace ptetool::xnn
