// One string with all texts, a table by id, and an open hash table of ids.
#include "llm/vocabulary.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <limits>

#include "ptetool/base/text.h"

namespace ptetool::llm {

Result<> check_density(std::size_t size, std::size_t count) {
  // Tokens that were reserved and never written down leave some hundred holes.
  if (size > 2 * count + 65536) {
    return fail(ErrorCode::Malformed,
                fmt::format("the ids reach to {}, but there are only {} tokens", size - 1, count));
  }
  return {};
}

std::string_view Vocabulary::text_of(std::uint32_t id) const {
  return std::string_view(texts_).substr(spans_[id].begin, spans_[id].length);
}

// Where the text is, or the free slot where it belongs.
std::size_t Vocabulary::slot_of(std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>(XXH3_64bits(text.data(), text.size())) & mask;
  while (slots_[slot] != kNone && text_of(slots_[slot]) != text) slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow() {
  slots_.assign(slots_.empty() ? 1024 : slots_.size() * 2, kNone);
  for (std::uint32_t id = 0; id < spans_.size(); ++id) {
    if (spans_[id].length == kNone || std::ranges::binary_search(hidden_, id)) continue;
    slots_[slot_of(text_of(id))] = id;
  }
}

Result<> Vocabulary::place(std::string_view text, std::uint64_t id) {
  if (id >= kMaxTokens)
    return fail(ErrorCode::Malformed, fmt::format("token {} has the impossible id {}", quoted(text), id));
  if (const auto taken = this->text(id)) {
    return fail(ErrorCode::Malformed,
                fmt::format("the tokens {} and {} have the same id {}", quoted(*taken), quoted(text), id));
  }
  if (text.size() >= std::numeric_limits<std::uint32_t>::max() - texts_.size()) {
    return fail(ErrorCode::Limit, "the tokens have more than 4 GiB of text");
  }
  if (id >= spans_.size()) spans_.resize(static_cast<std::size_t>(id) + 1);
  spans_[static_cast<std::size_t>(id)] = {static_cast<std::uint32_t>(texts_.size()),
                                          static_cast<std::uint32_t>(text.size())};
  texts_ += text;
  return {};
}

Result<> Vocabulary::add(std::string_view text, std::uint64_t id) {
  if (const auto known = find(text)) {
    return fail(ErrorCode::Malformed, fmt::format("the token {} has the ids {} and {}", quoted(text), *known, id));
  }
  if ((count_ + 1) * 3 > slots_.size() * 2) grow();
  PTETOOL_CHECK(place(text, id));
  slots_[slot_of(text)] = static_cast<std::uint32_t>(id);
  ++count_;
  return {};
}

Result<> Vocabulary::add_hidden(std::string_view text, std::uint64_t id) {
  PTETOOL_CHECK(place(text, id));
  hidden_.push_back(static_cast<std::uint32_t>(id));
  return {};
}

std::optional<std::uint32_t> Vocabulary::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t id = slots_[slot_of(text)];
  return id == kNone ? std::nullopt : std::optional(id);
}

std::optional<std::string_view> Vocabulary::text(std::uint64_t id) const {
  if (id >= spans_.size() || spans_[static_cast<std::size_t>(id)].length == kNone) return std::nullopt;
  return text_of(static_cast<std::uint32_t>(id));
}

}  // namespace ptetool::llm
