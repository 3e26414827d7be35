// What the outlines of delegates' payloads share: facts in order, numbers and regions that may lie outside, and a
// function per format. Damage is a fact among the others, never an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ptetool/base/bytes.h"
#include "ptetool/format/delegate_blob.h"

namespace ptetool {

// A bound for texts in payloads: those that are any are short.
inline constexpr std::size_t kMaxPayloadText = std::size_t{1} << 20;
// Enough for every real payload, and a bound for hostile ones.
inline constexpr std::size_t kMaxListed = 64;

class Outliner {
 public:
  explicit Outliner(ByteView bytes) : payload(bytes) {}

  void fact(std::string name, std::string value) { outline.facts.emplace_back(std::move(name), std::move(value)); }
  void fact(std::string name, std::uint64_t value) { fact(std::move(name), std::to_string(value)); }
  // A number of the payload as a fact; 0 where the payload is too short.
  template <class T>
  std::uint64_t number(std::string name, std::uint64_t offset) {
    const auto value = load<T>(payload, offset);
    if (!value) return 0;
    fact(std::move(name), static_cast<std::uint64_t>(*value));
    return static_cast<std::uint64_t>(*value);
  }
  // Says so where a region that a header describes is not inside the payload.
  bool holds(std::string_view what, std::uint64_t offset, std::uint64_t size) {
    if (range_within(offset, size, payload.size())) return true;
    fact("damage", std::string(what) + " (offset " + std::to_string(offset) + ", size " + std::to_string(size) +
                       ") exceeds the payload's " + std::to_string(payload.size()) + " bytes");
    return false;
  }
  void key(std::string_view name) { outline.named_keys.emplace_back(name); }

  ByteView payload;
  DelegateOutline outline;
};

// Four zeros, then the tag.
inline bool zero_header(ByteView payload, std::string_view tag) {
  return load<std::uint32_t>(payload, 0) == 0u && has_tag(payload, 4, tag);
}

// The header that XNNPACK's and Vulkan's graphs share: where the flatbuffer is, which comes back, and the constants,
// which are called `constants`.
std::optional<ByteView> outline_graph_header(Outliner& out, const std::string& constants);

void outline_vulkan(Outliner& out);
void outline_core_ml_reference(Outliner& out);
void outline_vela(Outliner& out);
// Those that answer say false where the payload is not of this format after all.
bool outline_core_ml(Outliner& out);
bool outline_neutron(Outliner& out);

}  // namespace ptetool
