// What tokenizers have in common whose files list their tokens: a vocabulary, tokens that are found in the text itself,
// and the tokens that begin and end a text.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "llm/added_tokens.h"
#include "llm/vocabulary.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

class VocabularyTokenizer : public Tokenizer {
 public:
  std::size_t size() const override { return std::max(vocabulary_.size(), added_.size()); }
  std::optional<TokenId> find(std::string_view token) const override {
    if (const auto id = added_.find(token)) return *id;
    return vocabulary_.find(token);
  }
  std::optional<TokenId> bos() const override { return bos_; }
  std::vector<TokenId> eos() const override { return eos_; }

 protected:
  // Appends the ids of a text: added tokens have theirs, encode(range) appends those of the text between them.
  // `normalized` and `special`: which added tokens are looked for (AddedTokens::split).
  template <class Encode>
  Result<> encode_around(std::string_view text, bool normalized, bool special, std::vector<std::uint32_t>& ids,
                         Encode&& encode) const {
    std::vector<Segment> segments;
    added_.split(text, normalized, special, segments);
    for (const Segment& segment : segments) {
      if (segment.id) {
        ids.push_back(*segment.id);
      } else {
        PTETOOL_CHECK(encode(segment.range));
      }
    }
    return {};
  }

  Vocabulary vocabulary_;
  AddedTokens added_;
  std::optional<TokenId> bos_;
  std::vector<TokenId> eos_;
};

}  // namespace ptetool::llm
