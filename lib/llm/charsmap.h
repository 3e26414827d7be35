// SentencePiece's precompiled normalisation: a trie (double array) of character sequences, and what each becomes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

class Charsmap {
 public:
  // The bytes as a model holds them, and as a tokenizer.json does. Empty: nothing changes. Errors: Malformed.
  static Result<Charsmap> from_bytes(ByteView bytes);
  static Result<Charsmap> from_base64(std::string_view base64);

  // Does every way through the trie stay inside, and end at a text?
  bool is_closed() const;

  // As Hugging Face's "Precompiled" applies it: to short grapheme clusters as a whole, else to each character.
  std::string apply(std::string_view text) const;

 private:
  // What the shortest entry that `text` begins with becomes.
  std::optional<std::string_view> shortest(std::string_view text) const;

  std::vector<std::uint32_t> units_;
  std::string texts_;  // each ends with a zero byte
};

}  // namespace ptetool::llm
