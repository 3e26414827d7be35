// The library does the work; here are its promises kept for it: no output, no exceptions, no id out of range.
#include "llm/sentencepiece.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include "llm/added_tokens.h"
#include "llm/sentencepiece_check.h"
#include "llm/vocabulary.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// Long texts take the library's BPE much memory; no context of a model comes near.
constexpr std::size_t kLongestText = 256 << 20;

// What the library answers, or what it throws, as a Result.
template <class Call>
Result<> guarded(ErrorCode code, Call call) {
  try {
    const auto status = call();
    if (!status.ok()) return fail(code, "sentencepiece: " + escaped(status.ToString()));
  } catch (const std::exception& exception) {
    return fail(code, std::string("sentencepiece: ") + escaped(exception.what()));
  }
  return {};
}

class SentencePiece final : public Tokenizer {
 public:
  Result<> read(ByteView bytes, const Companions& companions) {
    PTETOOL_CHECK(check_sentencepiece_model(bytes));
    PTETOOL_CHECK(guarded(ErrorCode::Malformed, [&] { return library_.LoadFromSerializedProto(as_text(bytes)); }));
    std::vector<AddedToken> control;
    for (int id = 0; id < library_.GetPieceSize(); ++id) {
      if (!library_.IsControl(id)) continue;
      control.push_back({library_.IdToPiece(id), static_cast<std::uint32_t>(id), false, false, false, false, true});
    }
    PTETOOL_ASSIGN(control_, AddedTokens::make(std::move(control), Vocabulary(), {}));
    bos_ = bos_of(companions, *this);
    if (!bos_ && library_.bos_id() >= 0) bos_ = library_.bos_id();
    eos_ = eos_of(companions, *this);
    if (eos_.empty() && library_.eos_id() >= 0) eos_ = {library_.eos_id()};
    if (companions.add_bos.value_or(true)) before_ = bos_;
    if (companions.add_eos.value_or(false) && library_.eos_id() >= 0) behind_ = library_.eos_id();
    return {};
  }

  std::string kind() const override { return "sentencepiece"; }
  std::size_t size() const override { return static_cast<std::size_t>(library_.GetPieceSize()); }

  Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options) const override {
    if (text.size() > kLongestText) return fail(ErrorCode::Limit, "the text is longer than 256 MiB");
    std::vector<TokenId> ids;
    if (options.add_special && before_) ids.push_back(*before_);
    std::vector<Segment> segments;
    control_.split(text, false, options.parse_special, segments);
    for (const Segment& segment : segments) {
      if (segment.id) {
        ids.push_back(*segment.id);
        continue;
      }
      std::vector<int> part;
      PTETOOL_CHECK(guarded(ErrorCode::Unsupported, [&] { return library_.Encode(segment.range.of(text), &part); }));
      ids.insert(ids.end(), part.begin(), part.end());
    }
    if (options.add_special && behind_) ids.push_back(*behind_);
    return ids;
  }

  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string text;
    std::vector<int> run;
    const auto flush = [&]() -> Result<> {
      std::string part;
      PTETOOL_CHECK(guarded(ErrorCode::Malformed, [&] { return library_.Decode(run, &part); }));
      text += part;
      run.clear();
      return {};
    };
    for (const TokenId id : ids) {
      if (id < 0 || id >= library_.GetPieceSize()) {
        return fail(ErrorCode::Usage, fmt::format("the tokenizer has no token with the id {}", id));
      }
      if (!skip_special && library_.IsControl(static_cast<int>(id))) {
        PTETOOL_CHECK(flush());
        text += library_.IdToPiece(static_cast<int>(id));
      } else {
        run.push_back(static_cast<int>(id));
      }
    }
    PTETOOL_CHECK(flush());
    return text;
  }

  std::optional<TokenId> find(std::string_view token) const override {
    const int id = library_.PieceToId(token);
    // What is not there has the id of the unknown token.
    if (id < 0 || id >= library_.GetPieceSize() || library_.IdToPiece(id) != token) return std::nullopt;
    return id;
  }
  std::optional<TokenId> bos() const override { return bos_; }
  std::vector<TokenId> eos() const override { return eos_; }

 private:
  sentencepiece::SentencePieceProcessor library_;
  AddedTokens control_;
  std::optional<TokenId> before_;
  std::optional<TokenId> behind_;
  std::optional<TokenId> bos_;
  std::vector<TokenId> eos_;
};

}  // namespace

bool looks_like_sentencepiece(ByteView bytes) { return is_sentencepiece_model(bytes); }

Result<std::shared_ptr<const Tokenizer>> read_sentencepiece(ByteView bytes, const Companions& companions) {
  auto tokenizer = std::make_shared<SentencePiece>();
  PTETOOL_CHECK(tokenizer->read(bytes, companions));
  return tokenizer;
}

}  // namespace ptetool::llm
