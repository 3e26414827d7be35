// Collects what rules report: the same problem once with a count, and never more than a person can read.
#include <algorithm>
#include <tuple>

#include "verify/rule.h"

namespace ptetool::verify {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "note";
}

std::uint64_t Outcome::count(Severity severity) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(findings, [&](const Finding& finding) { return finding.severity == severity; }));
}

void Findings::add(const Row& rule, const std::string& file, std::string path, std::optional<std::uint64_t> offset,
                   std::string message) {
  const std::string group = std::string(rule.id) + '\n' + file;
  std::size_t& messages = messages_[group];
  if (messages >= kMostMessagesPerRule && !by_message_.contains(group + '\n' + message)) {
    message = "further findings of this rule are counted here";
  }
  const auto [known, added] = by_message_.try_emplace(group + '\n' + message, findings_.size());
  if (!added) {
    ++findings_[known->second].count;
    return;
  }
  ++messages;
  findings_.push_back({&rule, rule.severity, file, std::move(path), offset, std::move(message), 1});
}

std::vector<Finding> Findings::take(bool strict) {
  for (Finding& finding : findings_) {
    if (strict && finding.severity == Severity::Warning) finding.severity = Severity::Error;
  }
  std::ranges::stable_sort(findings_, [](const Finding& a, const Finding& b) {
    return std::tie(a.severity, a.file, a.offset, a.rule->id) < std::tie(b.severity, b.file, b.offset, b.rule->id);
  });
  by_message_.clear();
  messages_.clear();
  return std::exchange(findings_, {});
}

}  // namespace ptetool::verify
