// The way of a comparison: weights matched by content and name, instructions aligned with the help of that, weights
// that remain matched by their use and by their numbers, then one part of the report after the other.
#include "ptetool/compare/diff.h"

#include <algorithm>

#include "compare/diff_parts.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

struct PartRow {
  Part part;
  std::string_view id;
  std::string_view title;
};
constexpr PartRow kParts[] = {
    {Part::Interface, "interface", "interface"},
    {Part::Operators, "operators", "operators"},
    {Part::Graph, "graph", "graph"},
    {Part::Delegates, "delegates", "delegates"},
    {Part::Weights, "weights", "weights"},
    {Part::Memory, "memory", "memory plan"},
    {Part::Metadata, "metadata", "metadata"},
    {Part::Tests, "tests", "test cases"},
    {Part::Sizes, "sizes", "sizes"},
    {Part::Cosmetic, "cosmetic", "cosmetic"},
};

const PartRow& row_of(Part part) { return *std::ranges::find(kParts, part, &PartRow::part); }

bool wanted(const DiffOptions& options, Part part) {
  return options.parts.empty() || std::ranges::find(options.parts, part) != options.parts.end();
}

report::Section section_of(PartResult result, const DiffOptions& options) {
  report::Section section;
  section.id = row_of(result.part).id;
  section.add("differences", "", result.differences);
  section.add("breaking", "", result.breaking);
  section.add("summary", "", result.summary);
  for (report::Fact& fact : result.facts) section.facts.push_back(std::move(fact));
  bool rows = false;
  for (report::Table& table : result.tables) {
    rows = rows || !table.rows.empty();
    if (options.most_rows != 0 && table.rows.size() > options.most_rows) {
      table.left_off = table.rows.size() - options.most_rows;
      table.rows.resize(static_cast<std::size_t>(options.most_rows));
    }
    section.tables.push_back(std::move(table));
  }
  if (rows) section.title = row_of(result.part).title;
  return section;
}

// One line per part that differs, and one with the names of those that do not.
report::Table summary_table(const std::vector<PartResult>& results) {
  report::Table table{"parts", "", {{"part", ""}, {"summary", ""}}, {}, 0};
  std::string same;
  for (const PartResult& result : results) {
    const PartRow& row = row_of(result.part);
    if (result.summary.empty()) {
      if (result.part != Part::Cosmetic && result.part != Part::Tests)
        same += (same.empty() ? "" : ", ") + std::string(row.title);
    } else {
      std::string text = result.summary;
      if (result.breaking != 0) text += " (" + std::to_string(result.breaking) + " breaking)";
      table.rows.push_back({std::string(row.title), std::move(text)});
    }
  }
  if (!same.empty()) table.rows.push_back({std::string("the same"), same});
  return table;
}

void compose(Difference& difference, std::vector<PartResult> results, const Side& old_side, const Side& new_side,
             const DiffOptions& options) {
  std::erase_if(results, [&](const PartResult& result) { return !wanted(options, result.part); });
  for (const PartResult& result : results) difference.differs = difference.differs || result.differences != 0;
  const bool complete = difference.problems.empty() && difference.notes.empty();
  difference.equal = complete && !difference.differs;
  report::Section& root = difference.report.root;
  root.add("equal", "", difference.equal);
  root.add("complete", "", complete);
  root.add("old", "", old_side.artifact.file->name());
  root.add("new", "", new_side.artifact.file->name());
  root.tables.push_back(summary_table(results));
  if (options.brief) return;
  for (PartResult& result : results) root.sections.push_back(section_of(std::move(result), options));
}

bool has_method(const Artifact& artifact, const std::string& method) {
  return artifact.program()->find_method(method) != nullptr;
}

Result<Difference> diff_programs(const Side& old_side, const Side& new_side, const DiffOptions& options) {
  if (!options.method.empty() && !has_method(old_side.artifact, options.method) &&
      !has_method(new_side.artifact, options.method)) {
    return fail(ErrorCode::Missing, "neither program has a method " + quoted(options.method));
  }
  Difference difference;
  difference.report.schema = "ptetool/diff/1";
  ProgramSide olds{link(old_side.artifact.program(), old_side.data), {}};
  ProgramSide news{link(new_side.artifact.program(), new_side.data), {}};
  olds.weights = weights_of(olds.model, options.method, difference.problems);
  news.weights = weights_of(news.model, options.method, difference.problems);
  for (const ProgramSide* side : {&olds, &news}) {
    for (const LinkedDelegate& delegate : side->model.delegates) {
      if (!delegate.payload) difference.problems.push_back(delegate.payload.error());
      if (delegate.graph && !*delegate.graph) difference.problems.push_back(delegate.graph->error());
    }
  }
  WeightMatch match = match_weights(olds.weights, news.weights, options.progress);
  const Methods methods = pair_methods(olds, news, options.method);
  const std::vector<AlignedMethod> aligned = align_methods(olds, news, methods, match);
  match_by_content(match);
  match_by_numbers(olds.weights, news.weights, match);
  const Programs programs{olds, news, methods, aligned, match};
  std::vector<PartResult> results;
  results.push_back(interface_part(programs));
  results.push_back(operators_part(programs));
  results.push_back(graph_part(programs));
  results.push_back(delegates_part(programs));
  if (wanted(options, Part::Weights))
    results.push_back(weights_part(olds.weights, news.weights, match, options.tolerance, difference.notes));
  results.push_back(memory_part(programs));
  results.push_back(metadata_part(programs));
  results.push_back(tests_part(old_side, new_side));
  results.push_back(sizes_part(old_side, new_side));
  results.push_back(program_cosmetics(programs, old_side, new_side));
  compose(difference, std::move(results), old_side, new_side, options);
  if (options.graphs) {
    difference.graphs = aligned_graphs(programs, wanted(options, Part::Graph), wanted(options, Part::Delegates));
  }
  return difference;
}

Result<Difference> diff_data(const Side& old_side, const Side& new_side, const DiffOptions& options) {
  if (!options.method.empty()) return fail(ErrorCode::Usage, "data files have no methods");
  Difference difference;
  difference.report.schema = "ptetool/diff/1";
  const auto old_file = old_side.artifact.data_file();
  const auto new_file = new_side.artifact.data_file();
  const WeightList olds = weights_of(old_file, difference.problems);
  const WeightList news = weights_of(new_file, difference.problems);
  WeightMatch match = match_weights(olds, news, options.progress);
  match_by_content(match);
  match_by_numbers(olds, news, match);
  std::vector<PartResult> results;
  results.push_back(data_interface_part(olds, news, match));
  results.push_back(weights_part(olds, news, match, options.tolerance, difference.notes));
  results.push_back(sizes_part(old_side, new_side));
  results.push_back(data_cosmetics(*old_file, *new_file));
  compose(difference, std::move(results), old_side, new_side, options);
  return difference;
}

Failure not_comparable(const Side& old_side, const Side& new_side) {
  const auto kind = [](const Side& side) { return described(side.artifact.kind); };
  for (const Side* side : {&old_side, &new_side}) {
    if (side->artifact.program() || side->artifact.data_file()) continue;
    return fail(ErrorCode::WrongKind, side->artifact.file->name(), "",
                "is " + kind(*side) + "; programs and data files can be compared");
  }
  return fail(ErrorCode::WrongKind, new_side.artifact.file->name(), "",
              "is " + kind(new_side) + ", which cannot be compared with " + kind(old_side) + " (" +
                  escaped(old_side.artifact.file->name()) + ")");
}

}  // namespace

void PartResult::count(std::uint64_t number, std::string_view words) {
  if (number == 0) return;
  summary += (summary.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(words);
}

std::string_view part_id(Part part) { return row_of(part).id; }

std::optional<Part> find_part(std::string_view id) {
  const auto found = std::ranges::find(kParts, id, &PartRow::id);
  return found == std::end(kParts) ? std::nullopt : std::optional(found->part);
}

Result<Difference> diff(const Side& old_side, const Side& new_side, const DiffOptions& options) {
  if (old_side.artifact.program() && new_side.artifact.program()) return diff_programs(old_side, new_side, options);
  if (old_side.artifact.data_file() && new_side.artifact.data_file()) return diff_data(old_side, new_side, options);
  return not_comparable(old_side, new_side);
}

}  // namespace ptetool::compare
