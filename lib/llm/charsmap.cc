// Walks the double array of Darts-clone, which comes from a file: every step is checked.
#include "llm/charsmap.h"

#include "llm/base64.h"
#include "llm/utf8.h"

namespace ptetool::llm {

namespace {

// A unit of the double array: a leaf flag, a label, and the way to the children.
bool has_leaf(std::uint32_t unit) { return (unit >> 8 & 1) == 1; }
std::uint32_t label(std::uint32_t unit) { return unit & (0x80000000u | 0xFF); }
std::uint32_t value(std::uint32_t unit) { return unit & 0x7FFFFFFFu; }
std::uint32_t offset(std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200u) >> 6); }

// Longer clusters are looked up by character, as the reference does.
constexpr std::size_t kLongestCluster = 6;

}  // namespace

Result<Charsmap> Charsmap::from_bytes(ByteView bytes) {
  Charsmap map;
  if (bytes.empty()) return map;
  const auto trie_size = load<std::uint32_t>(bytes, 0);
  if (!trie_size || *trie_size % 4 != 0 || !range_within(4, *trie_size, bytes.size())) {
    return fail(ErrorCode::Malformed, "the character map is cut off");
  }
  for (std::uint64_t at = 4; at < 4 + std::uint64_t{*trie_size}; at += 4)
    map.units_.push_back(*load<std::uint32_t>(bytes, at));
  map.texts_ = as_text(bytes.subspan(4 + std::size_t{*trie_size}));
  if (!map.texts_.empty() && map.texts_.back() != '\0') map.texts_ += '\0';
  return map;
}

Result<Charsmap> Charsmap::from_base64(std::string_view base64) {
  const auto bytes = decode_base64(base64);
  if (!bytes) return fail(ErrorCode::Malformed, "the character map is no base64");
  return from_bytes(bytes_of(*bytes));
}

bool Charsmap::is_closed() const {
  if (units_.empty()) return true;
  if (texts_.empty()) return false;
  // Places from which a byte leads on. A unit is the child of one place only, the one that its label leads back to.
  std::vector<std::uint32_t> open{offset(units_[0])};
  std::vector<bool> seen(units_.size());
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    if ((node | 0xFF) >= units_.size()) return false;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t child = node ^ byte;
      const std::uint32_t unit = units_[child];
      if (label(unit) != byte || seen[child]) continue;
      seen[child] = true;
      const std::uint32_t next = child ^ offset(unit);
      if (has_leaf(unit) && (next >= units_.size() || value(units_[next]) >= texts_.size())) return false;
      open.push_back(next);
    }
  }
  return true;
}

std::optional<std::string_view> Charsmap::shortest(std::string_view text) const {
  if (units_.empty()) return std::nullopt;
  std::uint32_t node = offset(units_[0]);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return std::nullopt;
    node ^= byte;
    if (node >= units_.size() || label(units_[node]) != byte) return std::nullopt;
    const std::uint32_t unit = units_[node];
    node ^= offset(unit);
    if (node >= units_.size()) return std::nullopt;
    if (has_leaf(unit)) {
      const std::uint32_t begin = value(units_[node]);
      if (begin >= texts_.size()) return std::nullopt;
      return std::string_view(texts_).substr(begin, texts_.find('\0', begin) - begin);
    }
  }
  return std::nullopt;
}

std::string Charsmap::apply(std::string_view text) const {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = grapheme_end(text, at);
    const std::string_view cluster = text.substr(at, end - at);
    if (const auto whole = cluster.size() < kLongestCluster ? shortest(cluster) : std::nullopt) {
      result += *whole;
    } else {
      for (std::size_t i = 0; i < cluster.size();) {
        const std::string_view character = cluster.substr(i, character_at(cluster, i).length);
        result += shortest(character).value_or(character);
        i += character.size();
      }
    }
    at = end;
  }
  // What a map inserts need not be UTF-8.
  return is_valid_utf8(result) ? result : repaired_utf8(result);
}

}  // namespace ptetool::llm
