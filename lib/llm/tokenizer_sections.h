// A tokenizer.json taken apart: the large tables of the model in compact form, everything else as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Strings one behind the other; a table of a million of them is two allocations.
class StringList {
 public:
  // Errors: Limit (4 GiB of text).
  Result<> add(std::string_view text);
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(texts_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string texts_;
  std::vector<std::uint32_t> ends_;
};

struct TokenizerSections {
  nlohmann::json rest;  // the document without model.vocab and model.merges

  // model.vocab: {"text": id} or [["text", score]] (then ids are positions).
  StringList tokens;
  std::vector<std::uint64_t> ids;  // where the vocabulary is an object
  std::vector<double> scores;      // where it is a list
  // model.merges: pairs, whichever way they are written; merges[2 i] and merges[2 i + 1].
  StringList merges;
};

// Reads without ever holding the whole document. Errors: Malformed (with the offset), Limit (nested too deeply).
Result<TokenizerSections> read_tokenizer_sections(std::string_view text);

// A JSON document of a companion file. Errors: Malformed (with the offset), Limit (nested too deeply).
Result<nlohmann::json> parse_json(std::string_view text);

}  // namespace ptetool::llm
