// A name stays where it means nothing else. Where it does, the content's SHA-256 is the name, with a number in front if
// even that is taken.
#include "dedupe/names.h"

#include <algorithm>

#include "ptetool/base/hash.h"

namespace ptetool::dedupe {

bool content_form(std::string_view key) {
  constexpr std::string_view kScale = "scale_";
  if (key.starts_with(kScale)) key.remove_prefix(kScale.size());
  return parse_sha256(key).has_value();
}

void Names::take(std::string_view key, std::size_t content, std::string layout) {
  std::vector<Meaning>& meanings = taken_[std::string(key)];
  const bool known = std::ranges::any_of(
      meanings, [&](const Meaning& each) { return each.content == content && each.layout == layout; });
  if (!known) meanings.push_back({content, std::move(layout)});
}

bool Names::free_for(std::string_view key, std::size_t content, const std::string& layout, bool any_layout) const {
  const auto found = taken_.find(key);
  return found == taken_.end() || std::ranges::all_of(found->second, [&](const Meaning& each) {
           return each.content == content && (any_layout || each.layout == layout);
         });
}

Result<std::string> Names::digest(std::size_t content) {
  if (const auto known = digests_.find(content); known != digests_.end()) return known->second;
  PTETOOL_ASSIGN(const Sha256 sum, sha256(weights_.contents[content].bytes));
  return digests_[content] = to_hex(sum);
}

Result<std::string_view> Names::claim(std::string_view wanted, std::size_t content, const std::string& layout,
                                      bool any_layout) {
  std::string key(wanted);
  if (key.empty() || !free_for(key, content, layout, any_layout)) {
    PTETOOL_ASSIGN(const std::string sum, digest(content));
    key = sum;
    for (unsigned i = 1; !free_for(key, content, layout, any_layout); ++i) key = std::to_string(i) + "_" + sum;
  }
  const auto found = taken_.find(key);
  if (found == taken_.end() || !any_layout) take(key, content, layout);
  return std::string_view(texts_.emplace_back(key));
}

void Names::digest_all(const std::vector<std::size_t>& contents, const ThreadPool* threads) {
  std::vector<Result<Sha256>> sums(contents.size());
  const auto compute = [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      sums[i] = sha256(weights_.contents[contents[i]].bytes);
    }
  };
  if (threads) {
    threads->each_range(static_cast<std::int64_t>(contents.size()), 1, compute);
  } else {
    compute(0, static_cast<std::int64_t>(contents.size()));
  }
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (sums[i]) digests_[contents[i]] = to_hex(*sums[i]);
  }
}

}  // namespace ptetool::dedupe
