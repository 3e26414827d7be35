// A token of n bytes has n - 1 places where it may have been put together.
#include "llm/byte_model.h"

namespace ptetool::llm {

namespace {
// Each place costs two look-ups of up to the token's length; longer tokens than these are runs of spaces and dashes,
// which are made from shorter ones of their kind.
constexpr std::size_t kMaxLength = 512;

struct Pair {
  std::uint32_t left;
  std::uint32_t right;
  std::uint32_t whole;
};
}  // namespace

MergeTable merges_of(const Vocabulary& vocabulary, const std::vector<std::uint32_t>& ranks) {
  std::vector<Pair> pairs;
  for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view text = vocabulary.text(id).value_or("");
    if (id >= ranks.size() || ranks[id] == kNotMade || text.size() > kMaxLength) continue;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const auto left = vocabulary.find(text.substr(0, cut));
      const auto right = left ? vocabulary.find(text.substr(cut)) : std::nullopt;
      if (right) pairs.push_back({*left, *right, id});
    }
  }
  MergeTable table(pairs.size());
  for (const Pair& pair : pairs) table.add(pair.left, pair.right, {ranks[pair.whole], pair.whole});
  return table;
}

}  // namespace ptetool::llm
