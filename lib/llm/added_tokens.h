// Tokens that are found in the text itself, before any model sees it: "<|im_end|>" and the like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "llm/normalizer.h"
#include "llm/prefix_trie.h"
#include "llm/regex.h"
#include "llm/vocabulary.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

struct AddedToken {
  std::string text;
  std::uint32_t id = 0;
  bool single_word = false;  // not inside a word
  bool lstrip = false;       // takes the white space before it with it
  bool rstrip = false;
  bool normalized = false;  // looked for in normalised text, and normalised itself
  bool special = false;
  std::string shown = {};  // what it decodes to: the text as it is looked for
};

// A part of a text: a token, or text between tokens.
struct Segment {
  Range range;
  std::optional<std::uint32_t> id;
};

class AddedTokens {
 public:
  // `normalizer` rewrites the tokens that are looked for in normalised text. Errors: Malformed (an id is taken, a text
  // has two ids), Limit.
  static Result<AddedTokens> make(std::vector<AddedToken> tokens, const Vocabulary& vocabulary,
                                  const Normalizer& normalizer);

  // The text cut at the tokens, in order, without gaps. `normalized` chooses which tokens are looked for; without
  // `special`, those are text like any other.
  void split(std::string_view text, bool normalized, bool special, std::vector<Segment>& segments) const;

  const AddedToken* find(std::uint32_t id) const;
  std::optional<std::uint32_t> find(std::string_view text) const;
  bool is_special(std::uint32_t id) const;
  // One more than the largest id; 0 without tokens.
  std::size_t size() const { return size_; }

 private:
  std::vector<AddedToken> tokens_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_id_;
  PrefixTrie plain_;
  PrefixTrie normalized_;
  std::size_t size_ = 0;
};

}  // namespace ptetool::llm
