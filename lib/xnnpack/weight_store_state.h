// What the weight store remembers, and the weights that it remembers by it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ptetool/xnnpack/weight_store.h"
#include "xnnpack/large_blocks.h"

namespace ptetool {

namespace xnn {

struct PackedWeights {
  std::shared_ptr<std::uint8_t> memory;  // or
  std::shared_ptr<const File> file;
  const void* data = nullptr;  // in either
  std::size_t size = 0;
  std::string label;

  static std::shared_ptr<PackedWeights> in_file(PackedCache::Weights weights, std::string label) {
    auto result = std::make_shared<PackedWeights>();
    result->data = weights.bytes.data();
    result->size = weights.bytes.size();
    result->file = std::move(weights.file);
    result->label = std::move(label);
    return result;
  }
};

}  // namespace xnn

struct WeightStore::State {
  mutable std::mutex mutex;
  std::map<Sha256, std::weak_ptr<const xnn::PackedWeights>> entries;
  // Of runtimes that keep something for themselves.
  std::vector<std::weak_ptr<const xnn::PackedWeights>> others;
  std::size_t many = 0;  // how many of both before it is looked what is gone
  std::uint64_t packs = 0;
  std::uint64_t hits = 0;
  std::uint64_t shared_bytes = 0;
  std::shared_ptr<PackedCache> cache;  // may be null
  std::shared_ptr<xnn::LargeBlocks> blocks = std::make_shared<xnn::LargeBlocks>();

  std::size_t remembered() const { return entries.size() + others.size(); }

  // What no runtime holds any more; only when there are twice as many as at the last time, so that it costs each that
  // is added a few steps.
  void forget_expired() {
    if (remembered() < many) return;
    std::erase_if(entries, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(others, [](const auto& entry) { return entry.expired(); });
    many = 2 * std::max<std::size_t>(remembered(), 16);
  }
};

}  // namespace ptetool
