// The file as llama2.c writes it (the longest token's length, then the records), or with ExecuTorch's header (number of
// tokens, bos, eos, that length). Encoding follows both: characters, bytes for those without a token, then always the
// merge with the best score.
#include "llm/llama2c.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "llm/bpe.h"
#include "llm/byte_model.h"
#include "llm/vocabulary_tokenizer.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// <unk>, <s> and </s> come first, the tokens of the 256 bytes behind them.
constexpr std::uint32_t kFirstByte = 3;
constexpr float kWorstScore = -1e10F;

struct Record {
  std::string_view text;
  float score = 0;
};

struct Contents {
  std::uint32_t bos = 1;
  std::uint32_t eos = 2;
  std::uint64_t size = 0;  // may be more than there are records: the rest is padding
  std::vector<Record> records;
};

// Records to the end of the file; nullopt where they are none.
std::optional<std::vector<Record>> read_records(ByteView bytes, std::uint64_t at, std::uint64_t longest) {
  std::vector<Record> records;
  while (at < bytes.size()) {
    const auto score = load<float>(bytes, at);
    const auto length = load<std::uint32_t>(bytes, at + 4);
    if (!score || !length || *length > longest || !std::isfinite(*score)) return std::nullopt;
    const auto text = subview(bytes, at + 8, *length);
    if (!text || records.size() == kMaxTokens) return std::nullopt;
    records.push_back({as_text(*text), *score});
    at += 8 + *length;
  }
  return records;
}

std::optional<Contents> read_contents(ByteView bytes) {
  Contents contents;
  const auto longest = load<std::uint32_t>(bytes, 0);
  if (!longest) return std::nullopt;
  if (auto records = read_records(bytes, 4, *longest); records && !records->empty()) {
    contents.records = std::move(*records);
    contents.size = contents.records.size();
    return contents;
  }
  const auto bos = load<std::uint32_t>(bytes, 4);
  const auto eos = load<std::uint32_t>(bytes, 8);
  const auto header_longest = load<std::uint32_t>(bytes, 12);
  if (!bos || !eos || !header_longest || *longest > kMaxTokens) return std::nullopt;
  auto records = read_records(bytes, 16, *header_longest);
  if (!records || records->empty() || records->size() > *longest) return std::nullopt;
  return Contents{*bos, *eos, *longest, std::move(*records)};
}

class Llama2c final : public VocabularyTokenizer {
 public:
  Result<> read(const Contents& contents) {
    if (contents.records.size() < kFirstByte + 256) {
      return fail(ErrorCode::Malformed,
                  fmt::format("has only {} tokens, not even one per byte", contents.records.size()));
    }
    if (contents.bos >= contents.size || contents.eos >= contents.size) {
      return fail(ErrorCode::Malformed, "bos or eos is not in the vocabulary");
    }
    for (std::uint32_t id = 0; id < contents.size; ++id) {
      const std::string_view text = id < contents.records.size() ? contents.records[id].text : "<pad>";
      // Of tokens with the same text, the first is found.
      const bool findable = !vocabulary_.find(text);
      PTETOOL_CHECK(findable ? vocabulary_.add(text, id) : vocabulary_.add_hidden(text, id));
    }
    bos_ = contents.bos;
    eos_ = {static_cast<TokenId>(contents.eos)};
    merges_ = merges_of(vocabulary_, ranks(contents.records));
    std::vector<AddedToken> special;
    special.push_back({"<s>", contents.bos, false, false, false, false, true});
    if (contents.eos != contents.bos) special.push_back({"</s>", contents.eos, false, false, false, false, true});
    PTETOOL_ASSIGN(added_, AddedTokens::make(std::move(special), Vocabulary(), {}));
    return {};
  }

  std::string kind() const override { return "llama2.c"; }

  Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options) const override {
    if (text.size() > kLongestText) return fail(ErrorCode::Limit, "the text is longer than 1 GiB");
    std::vector<std::uint32_t> ids;
    if (options.add_special) ids.push_back(static_cast<std::uint32_t>(*bos_));
    std::vector<std::uint32_t> symbols;
    Merger merger;
    PTETOOL_CHECK(encode_around(text, false, options.parse_special, ids, [&](const Range& range) -> Result<> {
      symbols.clear();
      first_symbols(range.of(text), symbols);
      merger.merge(symbols, [&](std::uint32_t left, std::uint32_t right) { return merges_.find(left, right); });
      ids.insert(ids.end(), symbols.begin(), symbols.end());
      return {};
    }));
    return std::vector<TokenId>(ids.begin(), ids.end());
  }

  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string text;
    bool first = true;
    for (const TokenId id : ids) {
      const auto token = id < 0 ? std::nullopt : vocabulary_.text(static_cast<std::uint64_t>(id));
      if (!token) return fail(ErrorCode::Usage, fmt::format("the tokenizer has no token with the id {}", id));
      if (!skip_special || (id != *bos_ && id != eos_.front())) {
        if (const auto byte = byte_of_token(*token)) {
          text += static_cast<char>(*byte);
        } else {
          text += token->substr(first && token->starts_with(' ') ? 1 : 0);
        }
      }
      first = id == *bos_;
    }
    return text;
  }

 private:
  static constexpr std::size_t kLongestText = std::size_t{1} << 30;

  // By falling score.
  static std::vector<std::uint32_t> ranks(const std::vector<Record>& records) {
    std::vector<std::uint32_t> order(records.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](auto a, auto b) { return records[a].score > records[b].score; });
    std::vector<std::uint32_t> ranks(records.size(), kNotMade);
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const float score = records[order[i]].score;
      if (i != 0 && records[order[i - 1]].score != score) ++rank;
      if (score > kWorstScore) ranks[order[i]] = rank;
    }
    return ranks;
  }

  void first_symbols(std::string_view text, std::vector<std::uint32_t>& symbols) const {
    if (text.empty()) return;
    if (const auto space = vocabulary_.find(" ")) symbols.push_back(*space);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t length = 1;
      while (length < 4 && at + length < text.size() &&
             (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80) {
        ++length;
      }
      const std::string_view character = text.substr(at, length);
      if (const auto id = vocabulary_.find(character)) {
        symbols.push_back(*id);
      } else {
        for (const char byte : character) symbols.push_back(kFirstByte + static_cast<unsigned char>(byte));
      }
      at += length;
    }
  }

  MergeTable merges_{0};
};

}  // namespace

bool looks_like_llama2c(ByteView bytes) { return read_contents(bytes).has_value(); }

Result<std::shared_ptr<const Tokenizer>> read_llama2c(ByteView bytes) {
  const auto contents = read_contents(bytes);
  if (!contents) return fail(ErrorCode::Malformed, "is no tokenizer of llama2.c");
  auto tokenizer = std::make_shared<Llama2c>();
  PTETOOL_CHECK(tokenizer->read(*contents));
  return tokenizer;
}

}  // namespace ptetool::llm
