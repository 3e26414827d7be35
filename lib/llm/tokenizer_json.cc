// The parts of a tokenizer.json put together, in the order in which the reference runs them: added tokens, normalizer,
// added tokens again, pre-tokenizer, model, post-processor; and back by the decoder.
#include "llm/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "llm/bpe.h"
#include "llm/json_fields.h"
#include "llm/normalizer.h"
#include "llm/post_processor.h"
#include "llm/pre_tokenizer.h"
#include "llm/token_decoder.h"
#include "llm/token_model.h"
#include "llm/tokenizer_sections.h"
#include "llm/unigram.h"
#include "llm/utf8.h"
#include "llm/vocabulary_tokenizer.h"
#include "llm/word_cache.h"
#include "llm/word_piece.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

using nlohmann::json;

class JsonTokenizer final : public VocabularyTokenizer {
 public:
  Result<> read(std::string_view text, const Companions& companions) {
    PTETOOL_ASSIGN(TokenizerSections sections, read_tokenizer_sections(text));
    Fields fields(sections.rest, "");
    fields.ignore({"version", "truncation", "padding"});
    const auto section = [&](const char* name) { return fields.part(name) != nullptr ? *fields.part(name) : json(); };
    PTETOOL_ASSIGN(normalizer_, read_normalizer(section("normalizer"), "normalizer"));
    PTETOOL_ASSIGN(pre_tokenizer_, read_pre_tokenizer(section("pre_tokenizer"), "pre_tokenizer"));
    PTETOOL_ASSIGN(decoder_, read_token_decoder(section("decoder"), "decoder"));
    PTETOOL_CHECK(fill_vocabulary(sections));
    PTETOOL_CHECK(read_model(section("model"), sections));
    PTETOOL_CHECK(read_added_tokens(section("added_tokens")));
    PTETOOL_ASSIGN(surroundings_, read_post_processor(section("post_processor"), "post_processor",
                                                      [&](std::uint64_t id) { return token(id).has_value(); }));
    PTETOOL_CHECK(fields.finish());
    bos_ = bos_of(companions, *this);
    eos_ = eos_of(companions, *this);
    if (!bos_ && !surroundings_.before.empty()) bos_ = surroundings_.before.front();
    return {};
  }

  std::string kind() const override { return "tokenizer.json, " + model_->kind(); }

  Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options) const override {
    const std::string repaired = is_valid_utf8(text) ? std::string() : repaired_utf8(text);
    if (!repaired.empty()) text = repaired;
    std::vector<std::uint32_t> ids;
    if (options.add_special) ids = surroundings_.before;
    WordCache cache(*model_);
    PTETOOL_CHECK(encode_around(text, false, options.parse_special, ids, [&](const Range& range) {
      return encode_text(range.of(text), range.begin == 0, options, cache, ids);
    }));
    if (options.add_special) ids.insert(ids.end(), surroundings_.behind.begin(), surroundings_.behind.end());
    return std::vector<TokenId>(ids.begin(), ids.end());
  }

  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (const TokenId id : ids) {
      const auto text = id < 0 ? std::nullopt : token(static_cast<std::uint64_t>(id));
      if (!text) return fail(ErrorCode::Usage, fmt::format("the tokenizer has no token with the id {}", id));
      if (skip_special && added_.is_special(static_cast<std::uint32_t>(id))) continue;
      texts.emplace_back(*text);
    }
    PTETOOL_CHECK(decoder_(texts));
    std::string text;
    for (const std::string& part : texts) text += part;
    return text;
  }

 private:
  std::optional<std::string_view> token(std::uint64_t id) const {
    const AddedToken* added = id < added_.size() ? added_.find(static_cast<std::uint32_t>(id)) : nullptr;
    return added != nullptr ? std::optional<std::string_view>(added->shown) : vocabulary_.text(id);
  }

  Result<> encode_text(std::string_view text, bool first, const EncodeOptions& options, WordCache& cache,
                       std::vector<std::uint32_t>& ids) const {
    std::string normalized(text);
    PTETOOL_CHECK(normalizer_(normalized));
    return encode_around(normalized, true, options.parse_special, ids, [&](const Range& range) -> Result<> {
      const bool whole = range == Range{0, normalized.size()};  // then there is no other one
      Pieces pieces(whole ? std::move(normalized) : std::string(range.of(normalized)), first && range.begin == 0);
      PTETOOL_CHECK(pre_tokenizer_(pieces));
      for (const Range& word : pieces.ranges) PTETOOL_CHECK(cache.encode(word.of(pieces.text), ids));
      return {};
    });
  }

  Result<> fill_vocabulary(const TokenizerSections& sections) {
    for (std::size_t i = 0; i < sections.tokens.size(); ++i) {
      const std::uint64_t id = sections.ids.empty() ? i : sections.ids[i];
      if (auto added = vocabulary_.add(sections.tokens[i], id); !added) {
        return fail(added.error().code, "", "model.vocab", added.error().message);
      }
    }
    return {};
  }

  Result<> read_model(const json& section, const TokenizerSections& sections) {
    Fields fields(section, "model");
    // Old files do not say; only byte-pair encoding has merges.
    const std::string type = fields.text("type", sections.merges.size() != 0 ? "BPE" : "");
    fields.ignore({"vocab", "merges"});
    if (vocabulary_.count() == 0) return fields.malformed("there is no vocabulary");
    if (type == "BPE") {
      PTETOOL_ASSIGN(model_, read_bpe(fields, sections.merges, vocabulary_));
    } else if (type == "Unigram") {
      PTETOOL_ASSIGN(model_, read_unigram(fields, sections.scores, vocabulary_));
    } else if (type == "WordPiece") {
      PTETOOL_ASSIGN(model_, read_word_piece(fields, vocabulary_));
    } else if (type == "WordLevel") {
      PTETOOL_ASSIGN(model_, read_word_level(fields, vocabulary_));
    } else {
      // A type that is no string is said by finish().
      if (auto done = fields.finish(); !done && done.error().code == ErrorCode::Malformed) return done;
      return fields.unsupported("the model " + quoted(type) + " is not supported");
    }
    return fields.finish();
  }

  Result<> read_added_tokens(const json& section) {
    std::vector<AddedToken> tokens;
    if (!section.is_null() && !section.is_array()) return fail(ErrorCode::Malformed, "", "added_tokens", "is no list");
    for (std::size_t i = 0; i < section.size(); ++i) {
      Fields fields(section[i], indexed("added_tokens", i));
      AddedToken token;
      token.text = fields.text("content");
      const std::uint64_t id = fields.number("id");
      token.single_word = fields.flag("single_word", false);
      token.lstrip = fields.flag("lstrip", false);
      token.rstrip = fields.flag("rstrip", false);
      token.special = fields.flag("special", false);
      token.normalized = fields.flag("normalized", !token.special);
      PTETOOL_CHECK(fields.finish());
      if (id >= kMaxTokens) return fields.malformed(fmt::format("has the impossible id {}", id));
      token.id = static_cast<std::uint32_t>(id);
      tokens.push_back(std::move(token));
    }
    const std::size_t count = tokens.size();
    PTETOOL_ASSIGN(added_, AddedTokens::make(std::move(tokens), vocabulary_, normalizer_));
    return check_density(size(), vocabulary_.count() + count);
  }

  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  TokenDecoder decoder_;
  std::unique_ptr<TokenModel> model_;
  Surroundings surroundings_;
};

}  // namespace

Result<std::shared_ptr<const Tokenizer>> read_tokenizer_json(std::string_view text, const Companions& companions) {
  auto tokenizer = std::make_shared<JsonTokenizer>();
  PTETOOL_CHECK(tokenizer->read(text, companions));
  return tokenizer;
}

}  // namespace ptetool::llm
