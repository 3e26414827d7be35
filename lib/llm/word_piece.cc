// At each place the longest token there is wins, shortened a byte at a time; a word of which a part is no token is
// unknown as a whole.
#include "llm/word_piece.h"

#include <algorithm>
#include <string>

#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

class WordPiece final : public TokenModel {
 public:
  WordPiece(const Vocabulary& vocabulary, std::uint32_t unknown, std::string prefix, std::size_t longest_word)
      : vocabulary_(vocabulary), unknown_(unknown), prefix_(std::move(prefix)), longest_word_(longest_word) {
    for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
      longest_token_ = std::max(longest_token_, vocabulary.text(id).value_or("").size());
    }
  }

  std::string kind() const override { return "WordPiece"; }

  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const override {
    const std::size_t before = ids.size();
    std::size_t characters = 0;
    for (std::size_t at = 0; at < word.size(); at += character_at(word, at).length) ++characters;
    bool known = characters <= longest_word_;
    for (std::size_t at = 0; known && at < word.size();) {
      const std::size_t length = longest_at(word, at, ids);
      known = length != 0;
      at += length;
    }
    if (!known) {
      ids.resize(before);
      ids.push_back(unknown_);
    }
    return {};
  }

 private:
  // Appends the longest token there and tells its length in the word; 0: there is none.
  std::size_t longest_at(std::string_view word, std::size_t at, std::vector<std::uint32_t>& ids) const {
    std::string text = at == 0 ? std::string() : prefix_;
    const std::size_t own = text.size();
    text += word.substr(at, longest_token_);
    while (text.size() > own) {
      if (const auto id = vocabulary_.find(text)) {
        ids.push_back(*id);
        return text.size() - own;
      }
      text.pop_back();
    }
    return 0;
  }

  const Vocabulary& vocabulary_;
  std::uint32_t unknown_;
  std::string prefix_;
  std::size_t longest_word_;
  std::size_t longest_token_ = 0;
};

class WordLevel final : public TokenModel {
 public:
  WordLevel(const Vocabulary& vocabulary, std::uint32_t unknown) : vocabulary_(vocabulary), unknown_(unknown) {}
  std::string kind() const override { return "WordLevel"; }
  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const override {
    ids.push_back(vocabulary_.find(word).value_or(unknown_));
    return {};
  }

 private:
  const Vocabulary& vocabulary_;
  std::uint32_t unknown_;
};

Result<std::uint32_t> unknown_of(Fields& fields, const Vocabulary& vocabulary, const char* usual) {
  const std::string text = fields.text("unk_token", usual);
  const auto id = vocabulary.find(text);
  if (!id) return fields.malformed("the unknown token " + quoted(text) + " is not in the vocabulary");
  return *id;
}

}  // namespace

Result<std::unique_ptr<TokenModel>> read_word_piece(Fields& fields, const Vocabulary& vocabulary) {
  PTETOOL_ASSIGN(const std::uint32_t unknown, unknown_of(fields, vocabulary, "[UNK]"));
  const std::string prefix = fields.text("continuing_subword_prefix", "##");
  const std::uint64_t longest = fields.number("max_input_chars_per_word", 100);
  return std::make_unique<WordPiece>(vocabulary, unknown, prefix, std::min<std::uint64_t>(longest, 1 << 16));
}

Result<std::unique_ptr<TokenModel>> read_word_level(Fields& fields, const Vocabulary& vocabulary) {
  PTETOOL_ASSIGN(const std::uint32_t unknown, unknown_of(fields, vocabulary, "<unk>"));
  return std::make_unique<WordLevel>(vocabulary, unknown);
}

}  // namespace ptetool::llm
