// Files that are no plain program: data files, bundled programs, ETDumps.
#include <algorithm>
#include <map>

#include "layout/inspect_segments.h"
#include "layout/inspect_views.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/era.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Section;

report::Table entries_table(const Lens& lens, const ptd::DataFile& data) {
  // Entries that share their bytes, by the first of them.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string_view> first;
  std::vector<Row> rows;
  for (const ptd::Entry& entry : data.entries) {
    const auto bytes = data.entry_bytes(entry);
    if (!bytes) lens.problem(bytes.error());
    const std::uint64_t size = bytes ? bytes->size() : 0;
    const std::optional<std::uint64_t> offset =
        bytes && size != 0 ? std::optional(data.offset_of(*bytes)) : std::nullopt;
    std::string shared;
    if (offset) {
      const auto [place, fresh] = first.try_emplace({*offset, size}, entry.key);
      if (!fresh) shared = std::string(place->second);
    }
    std::vector<report::Cell> cells = {std::string(entry.key)};
    if (entry.tensor_layout) {
      const ptd::TensorLayout& layout = *entry.tensor_layout;
      cells.insert(cells.end(),
                   {dtype_name(layout.scalar_type), std::vector<std::int64_t>(layout.sizes.begin(), layout.sizes.end()),
                    dim_order_words(layout.dim_order)});
    } else {
      cells.insert(cells.end(), {std::string("bytes"), report::Absent{}, std::string()});
    }
    cells.insert(cells.end(),
                 {ByteCount{size}, std::uint64_t{entry.segment_index}, cell_or_absent<report::Offset>(offset),
                  std::move(shared), report::Offset{entry.offset}});
    rows.push_back({std::move(cells), std::string(entry.key), size, offset.value_or(0)});
  }
  return make_table(lens, "entries", "entries",
                    {{"key", "key"},
                     {"dtype", "dtype"},
                     {"shape", "shape"},
                     {"dim_order", "dim order"},
                     {"size", "size"},
                     {"segment", "segment"},
                     {"offset", "offset"},
                     {"shared_with", "same bytes as"},
                     {"table_offset", "table at", true}},
                    std::move(rows));
}

report::Table data_segments_table(const Lens& lens, const ptd::DataFile& data) {
  SegmentUsers users(data.segments.size());
  for (const ptd::Entry& entry : data.entries) users.add(entry.segment_index, std::string(entry.key));
  return segments_table(lens, data, users);
}

void add_data_overview(const Lens& lens, const ptd::DataFile& data, const ByteMap& map, Section& section) {
  const Era era = era_of(data);
  section.add("version", "", std::uint64_t{data.version});
  section.add("layout", "", std::string(data.layout == ptd::Layout::V06 ? "v0.6" : "v0.7"));
  section.add("exported_by", "written by", "ExecuTorch " + era.text);
  section.add("exported_by_reasons", "", era.reasons);
  std::map<std::string, std::uint64_t> types;
  std::uint64_t opaque = 0;
  for (const ptd::Entry& entry : data.entries) {
    if (entry.tensor_layout) {
      ++types[dtype_name(entry.tensor_layout->scalar_type)];
    } else {
      ++opaque;
    }
  }
  std::string text = counted(data.entries.size(), "entry", "entries");
  std::string separator = ": ";
  for (const auto& [type, count] : types) {
    text += separator + std::to_string(count) + " " + type;
    separator = ", ";
  }
  if (opaque != 0) text += separator + std::to_string(opaque) + " without type";
  section.add("entries_count", "", std::uint64_t{data.entries.size()});
  section.add("content", "content", text);
  report::Table largest = largest_table(lens, map, nullptr);
  if (!largest.rows.empty()) section.tables.push_back(std::move(largest));
}

std::string case_values(std::span<const bundled::Value> values) {
  std::string text;
  for (const bundled::Value& value : values) {
    if (!text.empty()) text += ", ";
    if (const auto* tensor = std::get_if<bundled::Tensor>(&value.content)) {
      text += type_text(*tensor);
    } else if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
      text += std::to_string(*number);
    } else if (const auto* flag = std::get_if<bool>(&value.content)) {
      text += *flag ? "true" : "false";
    } else if (const auto* real = std::get_if<double>(&value.content)) {
      text += std::to_string(*real);
    } else {
      text += "unknown";
    }
  }
  return text.empty() ? "none" : text;
}

}  // namespace

void add_data_file(const Lens& lens, const ptd::DataFile& data, const ByteMap& map, Section& section) {
  if (lens.options.shows(View::Summary)) add_data_overview(lens, data, map, section);
  if (lens.options.shows(View::Data) || lens.options.shows(View::Tensors))
    section.tables.push_back(entries_table(lens, data));
  if (lens.options.shows(View::Segments)) section.tables.push_back(data_segments_table(lens, data));
}

void add_bundle(const Lens& lens, const Bundle& bundle, Section& section) {
  if (!lens.options.shows(View::Summary)) return;
  section.add("bundle_version", "", std::uint64_t{bundle.bundle.version});
  section.add("bundle_identifier", "", std::string(bundle.bundle.identifier));
  std::vector<Row> rows;
  for (const bundled::TestSuite& suite : bundle.bundle.test_suites) {
    if (!lens.options.method.empty() && suite.method_name != lens.options.method) continue;
    for (std::size_t c = 0; c < suite.test_cases.size(); ++c) {
      const bundled::TestCase& test = suite.test_cases[c];
      rows.push_back({{std::string(suite.method_name), std::uint64_t{c}, case_values(test.inputs), std::string("->"),
                       case_values(test.expected_outputs), report::Offset{test.offset}},
                      std::string(suite.method_name),
                      0,
                      test.offset});
    }
  }
  section.tables.push_back(
      make_table(lens, "test_cases", "test cases",
                 {{"method", ""}, {"case", ""}, {"inputs", ""}, {"arrow", ""}, {"expected", ""}, {"offset", "", true}},
                 std::move(rows), {.sortable = false, .most = kOverviewRows}));
}

void add_dump(const Lens& lens, const etdump::EtDump& dump, Section& section) {
  section.add("version", "", std::uint64_t{dump.version});
  for (std::size_t r = 0; r < dump.runs.size(); ++r) {
    const etdump::RunData& run = dump.runs[r];
    struct Sum {
      std::uint64_t count = 0;
      std::uint64_t ticks = 0;
      std::uint64_t most = 0;
    };
    std::vector<std::pair<std::string_view, Sum>> sums;
    std::map<std::string_view, std::size_t> known;
    for (const etdump::ProfileEvent& event : run.profile_events) {
      // Events inside a delegate have the delegate's name for them instead.
      const std::string_view name = event.name.empty() ? event.delegate_debug_id_str : event.name;
      const auto [place, fresh] = known.try_emplace(name, sums.size());
      if (fresh) sums.emplace_back(name, Sum{});
      Sum& sum = sums[place->second].second;
      const std::uint64_t ticks = event.end_time >= event.start_time ? event.end_time - event.start_time : 0;
      ++sum.count;
      sum.ticks += ticks;
      sum.most = std::max(sum.most, ticks);
    }
    std::ranges::stable_sort(sums, std::greater<>(), [](const auto& each) { return each.second.ticks; });
    std::vector<Row> rows;
    for (const auto& [name, sum] : sums) {
      rows.push_back({{std::string(name), sum.count, sum.ticks, sum.most}, std::string(name), sum.ticks, 0});
    }
    std::uint64_t allocated = 0;
    for (const etdump::AllocationEvent& event : run.allocation_events) {
      allocated = checked_add(allocated, event.allocation_size).value_or(allocated);
    }
    Section runs;
    runs.id = "runs";
    runs.listed = true;
    runs.title = "run " + std::to_string(r) + (run.name.empty() ? "" : " " + std::string(run.name));
    runs.add("name", "", std::string(run.name));
    runs.add("profile_events", "events", std::uint64_t{run.profile_events.size()});
    if (!run.allocation_events.empty()) runs.add("allocated_bytes", "allocated", ByteCount{allocated});
    runs.add("debug_events", "", run.debug_events);
    runs.tables.push_back(make_table(
        lens, "events", "", {{"name", "event"}, {"count", "count"}, {"ticks", "ticks"}, {"longest", "longest"}},
        std::move(rows), {.sortable = false}));
    section.sections.push_back(std::move(runs));
  }
}

}  // namespace ptetool::layout
