// A text on its way through the pre-tokenizers: cut into pieces, each of which becomes tokens by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llm/regex.h"

namespace ptetool::llm {

struct Pieces {
  std::string text;  // valid UTF-8
  std::vector<Range> ranges;
  bool begins_text = true;  // nothing stood before this text, no added token either

  explicit Pieces(std::string whole, bool first = true) : text(std::move(whole)), begins_text(first) {
    if (!text.empty()) ranges.push_back({0, text.size()});
  }
};

}  // namespace ptetool::llm
