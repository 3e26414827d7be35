// The kinds of ranges, the map of a whole file, and its sum.
#include "ptetool/layout/byte_map.h"

#include <algorithm>

#include "layout/claims.h"

namespace ptetool::layout {

namespace {

struct KindRow {
  RangeKind kind;
  std::string_view id;
  std::string_view name;
  std::string_view part_id;  // of the size breakdown
  std::string_view part_name;
};

constexpr KindRow kKinds[] = {
    {RangeKind::Header, "header", "header", "program", "program"},
    {RangeKind::Flatbuffer, "flatbuffer", "flatbuffer", "program", "program"},
    {RangeKind::Constant, "constant", "constant", "constants", "constants"},
    {RangeKind::State, "state", "initial state", "state", "initial state"},
    {RangeKind::Delegate, "delegate", "delegate", "delegates", "delegates"},
    {RangeKind::NamedData, "named_data", "named data", "named_data", "named data"},
    {RangeKind::TestData, "test_data", "test data", "test_data", "test data"},
    {RangeKind::Opaque, "opaque", "opaque", "opaque", "opaque"},
    {RangeKind::Unused, "unused", "unused segment", "unused", "unused segments"},
    {RangeKind::Padding, "padding", "padding", "padding", "padding"},
    {RangeKind::Gap, "gap", "gap", "gaps", "gaps"},
    {RangeKind::Trailing, "trailing", "trailing bytes", "trailing", "trailing bytes"},
};

const KindRow& row_of(RangeKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view kind_id(RangeKind kind) { return row_of(kind).id; }

std::string_view kind_name(RangeKind kind) { return row_of(kind).name; }

ByteMap byte_map(const Artifact& artifact) {
  Claims claims(artifact.file->size());
  if (const auto* program = std::get_if<std::shared_ptr<const pte::Program>>(&artifact.content)) {
    claim_program(**program, 0, claims);
  } else if (const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content)) {
    claim_bundle(**bundle, claims);
  } else if (const auto* data = std::get_if<std::shared_ptr<const ptd::DataFile>>(&artifact.content)) {
    claim_data_file(**data, claims);
  } else if (const auto* graph = std::get_if<std::shared_ptr<const xnn::Graph>>(&artifact.content)) {
    claim_graph(**graph, artifact.file->size(), claims);
  } else if (std::holds_alternative<std::shared_ptr<const etdump::EtDump>>(artifact.content)) {
    claims.claim({0, artifact.file->size(), RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
  } else if (const auto* packed = std::get_if<std::shared_ptr<const packed::PackedFile>>(&artifact.content)) {
    claims.claim({0, packed::kHeaderBytes, RangeKind::Header, "header", {}, {}, false});
    claims.claim({packed::kHeaderBytes, (*packed)->weights.size(), RangeKind::Opaque, "packed weights", {}, {}, false});
  } else if (const auto* cache = std::get_if<std::shared_ptr<const weight_cache::WeightCache>>(&artifact.content)) {
    claim_weight_cache(**cache, claims);
  }
  ByteMap map = claims.finish();
  map.program = artifact.program() != nullptr;
  return map;
}

std::vector<SizePart> size_breakdown(const ByteMap& map) {
  std::vector<SizePart> parts;
  for (const KindRow& row : kKinds) {
    if (std::ranges::find(parts, row.part_id, &SizePart::id) == parts.end())
      parts.push_back({row.part_id, row.part_name, 0});
  }
  for (const Range& range : map.ranges) {
    std::ranges::find(parts, row_of(range.kind).part_id, &SizePart::id)->bytes += range.size;
  }
  if (!map.program) {
    parts.front().id = "tables";
    parts.front().name = "tables";
  }
  std::erase_if(parts, [](const SizePart& part) { return part.bytes == 0; });
  return parts;
}

}  // namespace ptetool::layout
