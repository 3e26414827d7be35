// Text to token ids and back, for every tokenizer file that language models come with. A tokenizer is immutable once it
// is open: threads may share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// What programs take is int64; ids in a file are never negative.
using TokenId = std::int64_t;

struct EncodeOptions {
  // Texts of special tokens ("<|im_end|>") become those tokens, as chat templates need it; false: they are text like
  // any other, so that a user's words cannot end a turn.
  bool parse_special = true;
  // What the tokenizer's own rules put around every text (bos, eos), as the reference libraries do by default.
  bool add_special = true;
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The kind of file, for people: "tokenizer.json, byte-level BPE".
  virtual std::string kind() const = 0;
  // One more than the largest id.
  virtual std::size_t size() const = 0;

  // The ids of a text of any bytes; bytes that are no UTF-8 are treated as the reference library treats them.
  virtual Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;
  // The text of the ids, as the reference library's decode() gives it. Errors: Usage (an id that does not exist).
  virtual Result<std::string> decode(std::span<const TokenId> ids, bool skip_special = true) const = 0;

  // The id of the token with exactly this text, special or not.
  virtual std::optional<TokenId> find(std::string_view token) const = 0;
  virtual std::optional<TokenId> bos() const = 0;
  // The tokens that end a text; empty where the file does not say.
  virtual std::vector<TokenId> eos() const = 0;
};

// Opens a tokenizer.json, a tiktoken .model, a sentencepiece .model or a llama2.c .bin, told apart by content, or the
// one that a directory holds; what lies beside it (tokenizer_config.json, special_tokens_map.json,
// generation_config.json) names bos and eos. Errors: Io, Malformed, Unsupported (names what is not supported), Missing.
Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& path);

// Turns ids into text one at a time, as they are generated, and never gives out half of a UTF-8 character: the pieces
// put together are decode() of all ids.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  // The text that is whole now; may be empty.
  Result<std::string> push(TokenId id);
  // What is left at the end, bytes as they are.
  Result<std::string> finish();

 private:
  const Tokenizer& tokenizer_;
  std::vector<TokenId> pending_;
  std::string shown_;        // the beginning of the text of `pending_` that was given out
  std::size_t context_ = 0;  // how many of `pending_` are shown already and only matter to what follows
};

}  // namespace ptetool::llm
