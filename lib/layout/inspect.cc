// One section per file: what every kind of file has in common, then the views of its kind.
#include "ptetool/layout/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "layout/inspect_views.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

constexpr std::string_view kViewNames[] = {"summary", "methods",   "ops",  "values",   "tensors",  "plan",
                                           "memory",  "delegates", "data", "segments", "metadata", "bytes"};

// Longer expressions are not what people write; std::regex compiles recursively.
constexpr std::size_t kLongestFilter = 256;

Result<std::optional<std::regex>> compile(const std::string& filter) {
  if (filter.empty()) return std::optional<std::regex>();
  if (filter.size() > kLongestFilter) {
    return fail(ErrorCode::Usage, "the filter is longer than " + std::to_string(kLongestFilter) + " characters");
  }
  try {
    return std::optional(std::regex(filter, std::regex::ECMAScript | std::regex::optimize));
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::Usage, "the filter " + quoted(filter) + " is no regular expression: " + error.what());
  }
}

// The size and what it is made of, the largest part first.
void add_sizes(const ByteMap& map, report::Section& section) {
  std::vector<SizePart> parts = size_breakdown(map);
  std::ranges::stable_sort(parts, std::greater<>(), &SizePart::bytes);
  report::Section breakdown;
  breakdown.id = "breakdown";
  std::string text = human_bytes(map.file_size);
  for (const SizePart& part : parts) {
    const double share = static_cast<double>(part.bytes) / static_cast<double>(map.file_size);
    if (parts.size() > 1) {
      text += fmt::format("{}{} {} ({:.1f} %)", &part == &parts.front() ? ": " : ", ", part.name,
                          human_bytes(part.bytes), share * 100);
    }
    breakdown.add(std::string(part.id), "", report::ByteCount{part.bytes});
  }
  section.add("size", "", report::ByteCount{map.file_size});
  section.add("size_words", "size", text);
  section.sections.push_back(std::move(breakdown));
}

void add_bytes(const Lens& lens, const ByteMap& map, report::Section& section) {
  std::vector<Row> rows;
  for (const Range& range : map.ranges) {
    const auto wanted = lens.options.offset;
    if (wanted && (*wanted < range.offset || *wanted - range.offset >= range.size)) continue;
    std::vector<std::string> users;
    if (range.users.size() != 1 || range.users.front() != range.name) users = range.users;
    rows.push_back({{report::Offset{range.offset}, report::ByteCount{range.size}, std::string(kind_id(range.kind)),
                     std::string(kind_name(range.kind)), range.name == kind_name(range.kind) ? "" : range.name,
                     range.type, std::move(users), range.cut},
                    range.name,
                    range.size,
                    range.offset});
  }
  section.tables.push_back(make_table(lens, "bytes", "bytes",
                                      {{"offset", "offset"},
                                       {"size", "size"},
                                       {"kind", "", true},
                                       {"kind_name", "kind"},
                                       {"name", "name"},
                                       {"type", "type"},
                                       {"users", "used by"},
                                       {"cut", "cut", true}},
                                      std::move(rows)));
}

report::Section file_section(const Lens& lens, const InspectInput& input) {
  const Artifact& artifact = input.artifact;
  const File& file = *artifact.file;
  report::Section section;
  section.id = "files";
  section.listed = true;
  section.title = file.name() == "-" ? "standard input" : file.name();
  section.add("file", "", file.name());
  section.add("kind", "", std::string(kind_id(artifact.kind)));
  const ByteMap map = byte_map(artifact);
  if (lens.options.shows(View::Summary)) {
    section.add("kind_name", "kind", std::string(describe(artifact.kind)));
    add_sizes(map, section);
  }
  for (const std::string& overlap : map.overlaps) {
    lens.problem(fail(ErrorCode::Malformed, file.name(), "", overlap).value());
  }
  if (const auto program = artifact.program()) {
    if (const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content)) {
      add_bundle(lens, **bundle, section);
    }
    const Model model = link(program, input.data);
    add_program(lens, model, map, section);
    add_weights(lens, model, section);
    if (lens.options.shows(View::Delegates)) add_delegates(lens, model, section);
  } else if (const auto data = artifact.data_file()) {
    add_data_file(lens, *data, map, section);
  } else if (const auto* dump = std::get_if<std::shared_ptr<const etdump::EtDump>>(&artifact.content)) {
    add_dump(lens, **dump, section);
  } else if (const auto* graph = std::get_if<std::shared_ptr<const xnn::Graph>>(&artifact.content)) {
    add_graph(lens, **graph, nullptr, section);
  } else if (const auto* packed = std::get_if<std::shared_ptr<const packed::PackedFile>>(&artifact.content)) {
    add_packed_file(lens, **packed, section);
  } else if (const auto* cache = std::get_if<std::shared_ptr<const weight_cache::WeightCache>>(&artifact.content)) {
    add_weight_cache(lens, **cache, section);
  }
  if (lens.options.shows(View::Bytes)) add_bytes(lens, map, section);
  return section;
}

Result<> check_offset(std::span<const InspectInput> inputs, std::optional<std::uint64_t> offset) {
  for (const InspectInput& input : inputs) {
    const File& file = *input.artifact.file;
    if (!offset || *offset < file.size()) continue;
    return fail(ErrorCode::Usage, file.name(), "",
                "has " + counted(file.size(), "byte") + ", there is none at offset " + hex(*offset));
  }
  return {};
}

// The method must be in one of the programs.
Result<> check_method(std::span<const InspectInput> inputs, const std::string& method) {
  if (method.empty()) return {};
  std::vector<std::string> names;
  for (const InspectInput& input : inputs) {
    const auto program = input.artifact.program();
    if (!program) continue;
    if (program->find_method(method)) return {};
    for (const pte::ExecutionPlan& plan : program->execution_plan) {
      if (!plan.constant_method()) names.emplace_back(plan.name);
    }
  }
  return fail(ErrorCode::Missing, inputs.size() == 1 ? inputs[0].artifact.file->name() : "", "",
              "there is no method " + quoted(method) + (names.empty() ? "" : "; methods: " + name_list(names, 8)));
}

}  // namespace

std::optional<View> find_view(std::string_view name) {
  const auto found = std::ranges::find(kViewNames, name);
  if (found == std::end(kViewNames)) return std::nullopt;
  return static_cast<View>(found - std::begin(kViewNames));
}

bool InspectOptions::shows(View view) const { return std::ranges::find(views, view) != views.end(); }

Result<Inspection> inspect(std::span<const InspectInput> inputs, const InspectOptions& options) {
  Inspection inspection;
  PTETOOL_ASSIGN(std::optional<std::regex> filter, compile(options.filter));
  PTETOOL_CHECK(check_method(inputs, options.method));
  PTETOOL_CHECK(check_offset(inputs, options.offset));
  const Lens lens{options, std::move(filter), inspection.problems};
  inspection.report.schema = "ptetool/inspect/1";
  for (const InspectInput& input : inputs) inspection.report.root.sections.push_back(file_section(lens, input));
  return inspection;
}

}  // namespace ptetool::layout
