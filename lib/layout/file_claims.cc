// The claims of files that are no bare programs: bundles, data files, XNNPACK payloads, caches of packed weights.
#include <algorithm>

#include "layout/claims.h"
#include "layout/words.h"

namespace ptetool::layout {

void claim_data_file(const ptd::DataFile& data, Claims& claims) {
  const std::uint64_t header = data.header ? 8 + std::uint64_t{data.header->length} : 8;
  claims.claim({0, std::min(header, data.flatbuffer_end), RangeKind::Header, "header", {}, {}, false});
  claims.claim({0, data.flatbuffer_end, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
  std::vector<Range> ranges;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> known;
  std::vector<bool> used(data.segments.size(), false);
  for (const ptd::Entry& entry : data.entries) {
    if (entry.segment_index < used.size()) used[entry.segment_index] = true;
    const auto bytes = data.entry_bytes(entry);
    if (!bytes || bytes->empty()) continue;
    const std::uint64_t offset = data.offset_of(*bytes);
    const auto [place, fresh] = known.try_emplace({offset, bytes->size()}, ranges.size());
    if (fresh) {
      ranges.push_back({offset,
                        bytes->size(),
                        RangeKind::NamedData,
                        std::string(entry.key),
                        entry.tensor_layout ? type_text(*entry.tensor_layout) : std::string(),
                        {},
                        false});
    }
    add_user(ranges[place->second], std::string(entry.key));
  }
  for (Range& range : ranges) claims.claim(std::move(range));
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto bytes = data.segment_bytes(i);
    if (!bytes || bytes->empty()) continue;
    claims.expect(data.offset_of(*bytes) + bytes->size());
    if (used[i]) continue;
    claims.claim(
        {data.offset_of(*bytes), bytes->size(), RangeKind::Unused, "segment " + std::to_string(i), {}, {}, false});
  }
}

void claim_bundle(const Bundle& bundle, Claims& claims) {
  const File& file = *bundle.bundle.file;
  claims.claim({0, std::min<std::uint64_t>(8, file.size()), RangeKind::Header, "header", {}, {}, false});
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    for (std::size_t c = 0; c < suite.test_cases.size(); ++c) {
      const auto claim = [&](std::span<const bundled::Value> values, std::string_view word) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto* tensor = std::get_if<bundled::Tensor>(&values[i].content);
          if (!tensor || tensor->data.empty()) continue;
          claims.claim({offset_in(file, tensor->data),
                        tensor->data.size(),
                        RangeKind::TestData,
                        std::string(suite.method_name) + " case " + std::to_string(c) + " " + std::string(word) + " " +
                            std::to_string(i),
                        type_text(*tensor),
                        {},
                        false});
        }
      };
      claim(suite.test_cases[c].inputs, "input");
      claim(suite.test_cases[c].expected_outputs, "expected output");
    }
  }
  if (!bundle.bundle.program.empty()) claim_program(*bundle.program, bundle.bundle.program_offset, claims);
  // Tables of the bundle lie around the program; bytes at the program's end that it does not own are its padding.
  const std::uint64_t end = bundle.bundle.program_offset + bundle.bundle.program.size();
  claims.claim({0, bundle.bundle.program_offset, RangeKind::Flatbuffer, "bundle flatbuffer", {}, {}, false});
  if (end < file.size())
    claims.claim({end, file.size() - end, RangeKind::Flatbuffer, "bundle flatbuffer", {}, {}, false});
}

void claim_graph(const xnn::Graph& graph, std::uint64_t file_size, Claims& claims) {
  if (!graph.header) {
    claims.claim({0, file_size, RangeKind::Flatbuffer, "flatbuffer", {}, {}, false});
    return;
  }
  claims.claim({0, graph.header->length, RangeKind::Header, "header", {}, {}, false});
  claims.claim({graph.header->flatbuffer_offset,
                graph.header->flatbuffer_size,
                RangeKind::Flatbuffer,
                "flatbuffer",
                {},
                {},
                false});
  for (std::size_t i = 1; i < graph.constants.size(); ++i) {
    const xnn::Constant& constant = graph.constants[i];
    if (!constant.inside) continue;
    claims.claim({constant.offset, constant.size, RangeKind::Constant, "constant " + std::to_string(i), {}, {}, false});
  }
}

void claim_weight_cache(const weight_cache::WeightCache& cache, Claims& claims) {
  for (const weight_cache::Entry& entry : cache.entries) {
    claims.claim({entry.offset, entry.size, RangeKind::Opaque, std::string(entry.name), {}, {}, false});
  }
  if (cache.footer_start > cache.index_start) {
    claims.claim(
        {cache.index_start, cache.footer_start - cache.index_start, RangeKind::Header, "index", {}, {}, false});
  }
  claims.claim(
      {cache.footer_start, cache.file->size() - cache.footer_start, RangeKind::Header, "footer", {}, {}, false});
}

}  // namespace ptetool::layout
