// Test cases of bundled programs.
#include <algorithm>
#include <map>

#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

// A case as a digest of everything in it.
std::string digest_of(const bundled::TestCase& test) {
  std::string digest;
  for (const auto* values : {&test.inputs, &test.expected_outputs}) {
    digest += "|";
    for (const bundled::Value& value : *values) {
      digest += ";" + std::to_string(value.content.index()) + " ";
      if (const auto* tensor = std::get_if<bundled::Tensor>(&value.content)) {
        digest += layout::type_text(*tensor) + layout::dim_order_words(tensor->dim_order) +
                  std::to_string(fingerprint(tensor->data).low);
      } else if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
        digest += std::to_string(*number);
      } else if (const auto* flag = std::get_if<bool>(&value.content)) {
        digest += *flag ? "true" : "false";
      } else if (const auto* real = std::get_if<double>(&value.content)) {
        digest += std::to_string(fingerprint(bytes_of(std::span(real, 1))).low);
      }
    }
  }
  return digest;
}

std::map<std::string_view, std::vector<std::string>> tests_of(const Artifact& artifact) {
  std::map<std::string_view, std::vector<std::string>> tests;
  const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content);
  if (!bundle) return tests;
  for (const bundled::TestSuite& suite : (*bundle)->bundle.test_suites) {
    for (const bundled::TestCase& test : suite.test_cases) tests[suite.method_name].push_back(digest_of(test));
  }
  return tests;
}

}  // namespace

PartResult tests_part(const Side& old_side, const Side& new_side) {
  PartResult result{Part::Tests};
  const auto was = tests_of(old_side.artifact);
  const auto is = tests_of(new_side.artifact);
  report::Table table{
      "changes", "", {{"method", "method"}, {"old", "old cases"}, {"new", "new cases"}, {"changed", "changed"}}, {}, 0};
  auto names = was;
  names.insert(is.begin(), is.end());
  static const std::vector<std::string> kNone;
  for (const auto& [name, cases] : names) {
    const auto old_cases = was.find(name);
    const auto new_cases = is.find(name);
    const auto& olds = old_cases == was.end() ? kNone : old_cases->second;
    const auto& news = new_cases == is.end() ? kNone : new_cases->second;
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < std::min(olds.size(), news.size()); ++i) changed += olds[i] != news[i] ? 1 : 0;
    if (olds.size() == news.size() && changed == 0) continue;
    table.rows.push_back({std::string(name), std::uint64_t{olds.size()}, std::uint64_t{news.size()}, changed});
  }
  // A program that was bundled or unbundled is the same program.
  const bool both = !was.empty() && !is.empty();
  if (both) result.differences = table.rows.size();
  if (!table.rows.empty())
    result.summary = both ? "of " + counted(table.rows.size(), "method") + " changed"
                          : (was.empty() ? "added, the program is bundled with them now"
                                         : "removed, the program was bundled with them");
  result.tables.push_back(std::move(table));
  return result;
}

}  // namespace ptetool::compare
