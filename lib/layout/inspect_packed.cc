// Packed weights on disk: the files of our packed cache, and ExecuTorch's cache file.
#include "layout/inspect_views.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

void add_packed_file(const Lens& lens, const packed::PackedFile& packed, report::Section& section) {
  if (!lens.options.shows(View::Summary)) return;
  section.add("key", "key", to_hex(packed.key));
  section.add("label", "packed", std::string(packed.label));
  section.add("weights_bytes", "weights", report::ByteCount{packed.weights.size()});
  section.add("seed", "packing", std::uint64_t{packed.seed});
  section.add("xnnpack_build", "XNNPACK build", std::string(packed.build));
  section.add("cpu", "processor", std::string(packed.cpu));
}

void add_weight_cache(const Lens& lens, const weight_cache::WeightCache& cache, report::Section& section) {
  const bool summary = lens.options.shows(View::Summary);
  std::uint64_t total = 0;
  std::vector<Row> rows;
  for (const weight_cache::Entry& entry : cache.entries) {
    total = checked_add(total, entry.size).value_or(total);
    rows.push_back({{std::string(entry.name), report::Offset{entry.offset}, report::ByteCount{entry.size},
                     std::uint64_t{entry.seed}, report::Offset{entry.index_at}},
                    std::string(entry.name),
                    entry.size,
                    entry.offset});
  }
  if (summary) {
    section.add("version", "version", std::uint64_t{cache.version});
    section.add("entries_count", "entries", std::uint64_t{cache.entries.size()});
    section.add("weights_bytes", "weights", report::ByteCount{total});
  }
  if (!summary && !lens.options.shows(View::Data)) return;
  section.tables.push_back(make_table(
      lens, "entries", "entries",
      {{"key", "key"}, {"offset", "offset"}, {"size", "size"}, {"seed", "packing"}, {"index_offset", "index at", true}},
      std::move(rows), {.most = lens.options.shows(View::Data) ? 0 : kOverviewRows}));
}

}  // namespace ptetool::layout
