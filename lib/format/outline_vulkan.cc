// Vulkan's graph (format-facts 4.2), read by hand as far as it matters here: its schema is the vendor's and grows.
#include "format/flatbuffer.h"
#include "format/outline.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"

namespace ptetool {

namespace {

// The parts of Vulkan's graph that matter here. The schema grows at the end of its tables, and constants have kept
// their place.
struct VulkanBytes : private flatbuffers::Table {
  const flatbuffers::String* named_key() const { return GetPointer<const flatbuffers::String*>(kNamedKey); }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kNamedKey) && verifier.VerifyString(named_key()) &&
           verifier.EndTable();
  }

 private:
  static constexpr flatbuffers::voffset_t kNamedKey = 8;
};

struct VulkanGraph : private flatbuffers::Table {
  using Tables = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::Table>>;
  const flatbuffers::String* version() const { return GetPointer<const flatbuffers::String*>(kVersion); }
  const Tables* chain() const { return GetPointer<const Tables*>(kChain); }
  const Tables* values() const { return GetPointer<const Tables*>(kValues); }
  const flatbuffers::Vector<flatbuffers::Offset<VulkanBytes>>* constants() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<VulkanBytes>>*>(kConstants);
  }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, kVersion) && verifier.VerifyString(version()) &&
           VerifyOffset(verifier, kChain) && verifier.VerifyVector(chain()) && VerifyOffset(verifier, kValues) &&
           verifier.VerifyVector(values()) && VerifyOffset(verifier, kConstants) &&
           verifier.VerifyVector(constants()) && verifier.VerifyVectorOfTables(constants()) && verifier.EndTable();
  }

 private:
  static constexpr flatbuffers::voffset_t kVersion = 4, kChain = 6, kValues = 8, kConstants = 14;
};

void vulkan_graph(Outliner& out, ByteView flatbuffer) {
  if (flatbuffer.size() >= format::kMaxFlatbufferBytes) return;
  const auto aligned = File::from_bytes("", flatbuffer);
  const auto root = format::verified_root<VulkanGraph>(aligned->bytes(), "", "the Vulkan graph");
  if (!root) {
    out.fact("damage", "the flatbuffer is corrupt or of an unknown layout");
    return;
  }
  const VulkanGraph& graph = **root;
  out.fact("version", escaped(format::text(graph.version())));
  if (graph.chain()) out.fact("operators", graph.chain()->size());
  if (graph.values()) out.fact("values", graph.values()->size());
  if (!graph.constants()) return;
  out.fact("constants", graph.constants()->size());
  std::uint64_t key_bytes = 0;
  for (const VulkanBytes* constant : *graph.constants()) {
    if (!constant->named_key()) continue;
    key_bytes += constant->named_key()->size();
    if (key_bytes > flatbuffer.size()) return;  // strings shared to make much out of little
    out.key(format::text(constant->named_key()));
  }
}

}  // namespace

void outline_vulkan(Outliner& out) {
  const auto flatbuffer = outline_graph_header(out, "constants");
  if (flatbuffer && has_tag(*flatbuffer, 4, "VK00")) vulkan_graph(out, *flatbuffer);
}

}  // namespace ptetool
