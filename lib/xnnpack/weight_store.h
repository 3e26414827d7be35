// The weight store as XNNPACK sees it: a weights cache for the creation of one runtime.
//
// XNNPACK asks for weights by the addresses of filter and bias, and leaves out of the question whatever else it packs
// along with them (scales, zero points, sums). So whoever compiles a node says beforehand what the addresses stand for:
// content and packing parameters. What was not announced is packed and kept for this runtime alone.
#pragma once

#include <xnnpack.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "ptetool/base/hash.h"
#include "ptetool/base/pages.h"
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

// Lives as long as the runtime that was created with it, and holds its weights.
class WeightSession {
 public:
  explicit WeightSession(std::shared_ptr<WeightStore> store);
  ~WeightSession();
  WeightSession(const WeightSession&) = delete;
  WeightSession& operator=(const WeightSession&) = delete;

  // What XNNPACK will ask for as (filter, bias) is `key`. Two announcements of one pair with different keys cancel each
  // other: neither is shared.
  void announce(const void* filter, const void* bias, const Sha256& key, PackedSource source);

  xnn_weights_cache_t handle() { return &provider_; }
  // The runtime is created: from now on XNNPACK only reads.
  void finish() { finished_ = true; }

 private:
  struct Announced {
    std::optional<Sha256> key;  // nullopt: ambiguous
    PackedSource source;
  };

  const Announced* find(const xnn_weights_cache_look_up_key& key) const;
  std::size_t look_up(const xnn_weights_cache_look_up_key& key);
  void* reserve(std::size_t size);
  std::size_t insert(const xnn_weights_cache_look_up_key& key, void* data, std::size_t size);
  std::size_t keep(std::shared_ptr<const PackedWeights> weights);

  std::shared_ptr<WeightStore> store_;
  xnn_weights_cache_provider provider_{};
  std::map<std::pair<const void*, const void*>, Announced> announced_;
  std::vector<std::shared_ptr<const PackedWeights>> kept_;
  std::shared_ptr<PackedWeights> pending_;  // reserved, and being packed
  std::size_t last_hit_ = SIZE_MAX;         // of the last look_up
  bool finished_ = false;
};

}  // namespace ptetool::xnn
