// Lines make the vocabulary, and a token's id is its rank; the family that has so many tokens gives the expression, the
// special tokens and their meaning.
#include "llm/tiktoken.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "llm/base64.h"
#include "llm/byte_model.h"
#include "llm/splitter.h"
#include "llm/tiktoken_families.h"
#include "llm/token_model.h"
#include "llm/utf8.h"
#include "llm/vocabulary_tokenizer.h"
#include "llm/word_cache.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

struct Line {
  std::string bytes;
  std::uint64_t rank = 0;
};

std::optional<Line> read_line(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  auto bytes = decode_base64(text.substr(0, space));
  const std::string_view digits = text.substr(space + 1);
  std::uint64_t rank = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
  if (!bytes || bytes->empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Line{std::move(*bytes), rank};
}

// Cuts the first line off.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class Model final : public TokenModel {
 public:
  Model(const Vocabulary& vocabulary, MergeTable merges, std::array<std::uint32_t, 256> bytes)
      : vocabulary_(vocabulary), merges_(std::move(merges)), bytes_(bytes) {}
  std::string kind() const override { return "byte-level BPE"; }
  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const override {
    if (const auto whole = vocabulary_.find(word)) {
      ids.push_back(*whole);
      return {};
    }
    std::vector<std::uint32_t> symbols;
    symbols.reserve(word.size());
    for (const char byte : word) symbols.push_back(bytes_[static_cast<unsigned char>(byte)]);
    Merger().merge(symbols, [&](std::uint32_t left, std::uint32_t right) { return merges_.find(left, right); });
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    return {};
  }

 private:
  const Vocabulary& vocabulary_;
  MergeTable merges_;
  std::array<std::uint32_t, 256> bytes_;
};

class Tiktoken final : public VocabularyTokenizer {
 public:
  Result<> read(std::string_view text, const Companions& companions) {
    std::size_t number = 0;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      ++number;
      if (line.empty()) continue;
      const auto token = read_line(line);
      if (!token)
        return fail(ErrorCode::Malformed, fmt::format("line {} is no base64 and rank: {}", number, quoted(line)));
      PTETOOL_CHECK(vocabulary_.add(token->bytes, token->rank));
    }
    if (vocabulary_.count() != vocabulary_.size()) {
      return fail(ErrorCode::Malformed, fmt::format("the ranks reach to {}, but there are only {} tokens",
                                                    vocabulary_.size() - 1, vocabulary_.count()));
    }
    PTETOOL_CHECK(make_model());
    const auto family = tiktoken_family(static_cast<std::uint32_t>(vocabulary_.size()));
    name_ = family.name;
    PTETOOL_ASSIGN(pattern_, Regex::compile(family.pattern, RegexDialect::Rust));
    std::vector<AddedToken> special;
    for (const auto& [token, id] : family.special) special.push_back({token, id, false, false, false, false, true});
    PTETOOL_ASSIGN(added_, AddedTokens::make(std::move(special), vocabulary_, {}));
    bos_ = bos_of(companions, *this);
    if (!bos_ && !family.bos.empty()) bos_ = find(family.bos);
    eos_ = eos_of(companions, *this);
    if (eos_.empty()) {
      for (const std::string_view end : family.eos) eos_.push_back(*find(end));
    }
    if (!family.bos.empty()) before_ = find(family.bos);
    return {};
  }

  std::string kind() const override { return "tiktoken, " + name_; }

  Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options) const override {
    const std::string repaired = is_valid_utf8(text) ? std::string() : repaired_utf8(text);
    if (!repaired.empty()) text = repaired;
    std::vector<std::uint32_t> ids;
    if (options.add_special && before_) ids.push_back(static_cast<std::uint32_t>(*before_));
    WordCache cache(*model_);
    RegexSearch search(pattern_);
    std::vector<Range> words;
    const auto encode_part = [&](const Range& range) -> Result<> {
      const std::string_view part = range.of(text);
      words.clear();
      // Every character is in some word.
      PTETOOL_CHECK(search.find_all(part, words));
      for (const Range& word : words) {
        if (!word.empty()) PTETOOL_CHECK(cache.encode(word.of(part), ids));
      }
      return {};
    };
    PTETOOL_CHECK(encode_around(text, false, options.parse_special, ids, encode_part));
    return std::vector<TokenId>(ids.begin(), ids.end());
  }

  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string bytes;
    for (const TokenId id : ids) {
      const auto text = id < 0 ? std::nullopt : vocabulary_.text(static_cast<std::uint64_t>(id));
      const bool inside = id >= 0 && static_cast<std::uint64_t>(id) < added_.size();
      const AddedToken* special = inside ? added_.find(static_cast<std::uint32_t>(id)) : nullptr;
      if (!text && special == nullptr) {
        return fail(ErrorCode::Usage, fmt::format("the tokenizer has no token with the id {}", id));
      }
      if (text) {
        bytes += *text;
      } else if (!skip_special) {
        bytes += special->text;
      }
    }
    return repaired_utf8(bytes);
  }

 private:
  Result<> make_model() {
    std::array<std::uint32_t, 256> bytes{};
    for (unsigned byte = 0; byte < bytes.size(); ++byte) {
      const auto id = vocabulary_.find(std::string(1, static_cast<char>(byte)));
      if (!id) return fail(ErrorCode::Malformed, fmt::format("the byte 0x{:02x} has no token", byte));
      bytes[byte] = *id;
    }
    // A token's id is its rank.
    std::vector<std::uint32_t> ranks(vocabulary_.size());
    for (std::uint32_t id = 0; id < ranks.size(); ++id) ranks[id] = id;
    model_ = std::make_unique<Model>(vocabulary_, merges_of(vocabulary_, ranks), bytes);
    return {};
  }

  std::string name_;
  std::unique_ptr<Model> model_;
  Regex pattern_;
  std::optional<TokenId> before_;
};

}  // namespace

bool looks_like_tiktoken(std::string_view text) {
  std::string_view rest = text.substr(0, 4096);
  return read_line(take_line(rest)).has_value();
}

Result<std::shared_ptr<const Tokenizer>> read_tiktoken(std::string_view text, const Companions& companions) {
  auto tokenizer = std::make_shared<Tiktoken>();
  PTETOOL_CHECK(tokenizer->read(text, companions));
  return tokenizer;
}

}  // namespace ptetool::llm
