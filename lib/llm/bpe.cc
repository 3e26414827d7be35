// The model of GPT-2's descendants and, with byte fallback, of those that came from SentencePiece.
#include "llm/bpe.h"

#include <fmt/format.h>

#include <limits>

#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// Characters below this (two bytes at most) have their token in a table: all of a byte-level vocabulary.
constexpr char32_t kTable = 0x200;
constexpr std::uint32_t kNone = 0xFFFFFFFF;

class Bpe final : public TokenModel {
 public:
  Bpe(const Vocabulary& vocabulary, std::size_t merges) : vocabulary_(vocabulary), merges_(merges) {
    for (char32_t c = 0; c < kTable; ++c) {
      std::string text;
      append_character(text, c);
      table_[c] = vocabulary.find(text).value_or(kNone);
    }
    bytes_ = find_byte_tokens(vocabulary);
  }

  std::string kind() const override { return "BPE"; }

  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const override {
    if (ignore_merges) {
      if (const auto whole = vocabulary_.find(word)) {
        ids.push_back(*whole);
        return {};
      }
    }
    if (word.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
      return fail(ErrorCode::Limit, "a word of the text is longer than 2 GiB");
    }
    std::vector<std::uint32_t> symbols;
    first_symbols(word, symbols);
    Merger().merge(symbols, [&](std::uint32_t left, std::uint32_t right) { return merges_.find(left, right); });
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    return {};
  }

  std::optional<std::uint32_t> unknown;
  std::string prefix;
  std::string suffix;
  bool fuse_unknown = false;
  bool byte_fallback = false;
  bool ignore_merges = false;

  MergeTable& merges() { return merges_; }

 private:
  void first_symbols(std::string_view word, std::vector<std::uint32_t>& symbols) const {
    symbols.reserve(word.size());
    bool pending = false;  // an unknown token that the next may fuse with
    for (std::size_t at = 0; at < word.size();) {
      const Character character = character_at(word, at);
      const std::string_view text = word.substr(at, character.length);
      const std::uint32_t id = symbol(text, character.value, at == 0, at + character.length == word.size());
      at += character.length;
      if (id != kNone) {
        if (pending) symbols.push_back(*unknown);
        pending = false;
        symbols.push_back(id);
      } else if (!(byte_fallback && append_bytes_of(text, at == text.size(), at == word.size(), symbols)) && unknown) {
        if (pending && !fuse_unknown) symbols.push_back(*unknown);
        pending = true;
      }
    }
    if (pending) symbols.push_back(*unknown);
  }

  std::uint32_t symbol(std::string_view text, char32_t character, bool first, bool last) const {
    const bool before = !first && !prefix.empty();
    const bool behind = last && !suffix.empty();
    if (!before && !behind) {
      return character < kTable ? table_[character] : vocabulary_.find(text).value_or(kNone);
    }
    return vocabulary_.find((before ? prefix : "") + std::string(text) + (behind ? suffix : "")).value_or(kNone);
  }

  // All bytes of the character (with prefix and suffix, as the reference does), or none.
  bool append_bytes_of(std::string_view text, bool first, bool last, std::vector<std::uint32_t>& symbols) const {
    const std::string whole = (first ? "" : prefix) + std::string(text) + (last ? suffix : "");
    for (const char byte : whole) {
      if (!bytes_[static_cast<unsigned char>(byte)]) return false;
    }
    for (const char byte : whole) symbols.push_back(*bytes_[static_cast<unsigned char>(byte)]);
    return true;
  }

  const Vocabulary& vocabulary_;
  MergeTable merges_;
  std::array<std::uint32_t, kTable> table_{};
  std::array<std::optional<std::uint32_t>, 256> bytes_;
};

Result<> fill_merges(Bpe& bpe, const StringList& merges, const Vocabulary& vocabulary) {
  std::string merged;
  for (std::size_t i = 0; i + 1 < merges.size(); i += 2) {
    const auto left = vocabulary.find(merges[i]);
    const auto right = vocabulary.find(merges[i + 1]);
    merged = merges[i];
    merged += merges[i + 1].substr(std::min(bpe.prefix.size(), merges[i + 1].size()));
    const auto whole = vocabulary.find(merged);
    if (!left || !right || !whole) {
      const std::string_view missing = !left ? merges[i] : !right ? merges[i + 1] : std::string_view(merged);
      return fail(ErrorCode::Malformed, "", indexed("model.merges", i / 2),
                  fmt::format("needs the token {}, which is not in the vocabulary", quoted(missing)));
    }
    bpe.merges().add(*left, *right, {static_cast<std::uint32_t>(i / 2), *whole});
  }
  return {};
}

}  // namespace

std::string byte_token(unsigned byte) { return fmt::format("<0x{:02X}>", byte); }

std::optional<unsigned char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned byte = 0;
  for (const char c : token.substr(3, 2)) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'F';
    const bool lower = c >= 'a' && c <= 'f';
    if (!digit && !upper && !lower) return std::nullopt;
    byte = byte * 16 + static_cast<unsigned>(digit ? c - '0' : upper ? c - 'A' + 10 : c - 'a' + 10);
  }
  return static_cast<unsigned char>(byte);
}

std::array<std::optional<std::uint32_t>, 256> find_byte_tokens(const Vocabulary& vocabulary) {
  std::array<std::optional<std::uint32_t>, 256> ids;
  for (unsigned byte = 0; byte < 256; ++byte) ids[byte] = vocabulary.find(byte_token(byte));
  return ids;
}

Result<std::unique_ptr<TokenModel>> read_bpe(Fields& fields, const StringList& merges, const Vocabulary& vocabulary) {
  auto bpe = std::make_unique<Bpe>(vocabulary, merges.size() / 2);
  const std::string unknown = fields.text("unk_token", "");
  bpe->prefix = fields.text("continuing_subword_prefix", "");
  bpe->suffix = fields.text("end_of_word_suffix", "");
  bpe->fuse_unknown = fields.flag("fuse_unk", false);
  bpe->byte_fallback = fields.flag("byte_fallback", false);
  bpe->ignore_merges = fields.flag("ignore_merges", false);
  if (const auto* dropout = fields.part("dropout"); dropout != nullptr && *dropout != 0.0) {
    return fields.unsupported("has a dropout: encoding would be random");
  }
  if (!unknown.empty()) {
    bpe->unknown = vocabulary.find(unknown);
    if (!bpe->unknown) return fields.malformed("the unknown token " + quoted(unknown) + " is not in the vocabulary");
  }
  PTETOOL_CHECK(fill_merges(*bpe, merges, vocabulary));
  return bpe;
}

}  // namespace ptetool::llm
