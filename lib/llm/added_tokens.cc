// The longest token at each place, from left to right, as Hugging Face's tokenizers find them.
#include "llm/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

bool ends_with_word(std::string_view text) {
  return !text.empty() && is_word_character(character_at(text, last_character(text)).value);
}

bool begins_with_word(std::string_view text) { return !text.empty() && is_word_character(character_at(text, 0).value); }

std::size_t space_before(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    const std::size_t last = last_character(text.substr(0, end));
    if (!is_white_space(character_at(text, last).value)) break;
    end = last;
  }
  return end;
}

std::size_t space_behind(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character character = character_at(text, at);
    if (!is_white_space(character.value)) break;
    at += character.length;
  }
  return at;
}

}  // namespace

Result<AddedTokens> AddedTokens::make(std::vector<AddedToken> tokens, const Vocabulary& vocabulary,
                                      const Normalizer& normalizer) {
  AddedTokens added;
  added.tokens_ = std::move(tokens);
  std::set<std::string_view> texts;
  for (std::uint32_t i = 0; i < added.tokens_.size(); ++i) {
    AddedToken& token = added.tokens_[i];
    if (const auto known = vocabulary.text(token.id); known && *known != token.text) {
      return fail(
          ErrorCode::Malformed, "", indexed("added_tokens", i),
          fmt::format("the token {} has the id {} of the token {}", quoted(token.text), token.id, quoted(*known)));
    }
    if (const auto known = vocabulary.find(token.text); known && *known != token.id) {
      return fail(
          ErrorCode::Malformed, "", indexed("added_tokens", i),
          fmt::format("the token {} has the id {}, but {} in the vocabulary", quoted(token.text), token.id, *known));
    }
    if (!texts.insert(token.text).second || !added.by_id_.emplace(token.id, i).second) {
      return fail(ErrorCode::Malformed, "", indexed("added_tokens", i),
                  fmt::format("the token {} or its id {} is there twice", quoted(token.text), token.id));
    }
    added.size_ = std::max<std::size_t>(added.size_, std::size_t{token.id} + 1);
    token.shown = token.text;
    if (token.normalized) PTETOOL_CHECK(normalizer(token.shown));
    if (!token.shown.empty()) PTETOOL_CHECK((token.normalized ? added.normalized_ : added.plain_).add(token.shown, i));
  }
  return added;
}

void AddedTokens::split(std::string_view text, bool normalized, bool special, std::vector<Segment>& segments) const {
  const PrefixTrie& trie = normalized ? normalized_ : plain_;
  std::size_t done = 0;
  for (std::size_t at = trie.empty() ? text.size() : 0; at < text.size();) {
    std::size_t length = 0;
    std::uint32_t index = 0;
    trie.prefixes(text, at, [&](std::size_t size, std::uint32_t value) {
      length = size;
      index = value;
    });
    if (length == 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[index];
    std::size_t begin = at;
    std::size_t end = at + length;
    at = end;
    if (token.special && !special) continue;
    if (token.single_word && (ends_with_word(text.substr(0, begin)) || begins_with_word(text.substr(end)))) continue;
    if (token.lstrip) begin = space_before(text.substr(0, begin));
    if (token.rstrip) end = space_behind(text, end);
    begin = std::max(begin, done);
    if (end <= begin) continue;
    if (done < begin) segments.push_back({{done, begin}, std::nullopt});
    segments.push_back({{begin, end}, token.id});
    done = end;
  }
  if (done < text.size()) segments.push_back({{done, text.size()}, std::nullopt});
}

const AddedToken* AddedTokens::find(std::uint32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

std::optional<std::uint32_t> AddedTokens::find(std::string_view text) const {
  const auto found = std::ranges::find(tokens_, text, &AddedToken::text);
  return found == tokens_.end() ? std::nullopt : std::optional(found->id);
}

bool AddedTokens::is_special(std::uint32_t id) const {
  const AddedToken* token = find(id);
  return token != nullptr && token->special;
}

}  // namespace ptetool::llm
