// What lies beside a tokenizer and names its beginning and its end: tokenizer_config.json, special_tokens_map.json,
// generation_config.json, config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

struct Companions {
  // Ids, as generation_config.json and config.json give them, are what a program stops at; texts are the tokenizer's
  // own.
  std::optional<TokenId> bos_id;
  std::vector<TokenId> eos_ids;
  std::string bos_text;
  std::string eos_text;
  std::string unk_text;
  std::string pad_text;
  // Whether every text is put between them, for formats that do not say it themselves.
  std::optional<bool> add_bos;
  std::optional<bool> add_eos;
  // All that tokenizer_config.json and special_tokens_map.json call something_token: name and text.
  std::vector<std::pair<std::string, std::string>> special_tokens;
  // chat_template.jinja, or the template of tokenizer_config.json: the one named "default", or the only one. Where
  // there are only others, their names.
  std::string chat_template;
  std::vector<std::string> other_chat_templates;
  std::string chat_template_file;
};

// Looks beside `path` (a tokenizer file, or the directory itself). Files that are not there are no error. Errors: Io,
// Malformed.
Result<Companions> read_companions(const std::string& path);

// The companions' beginning and end in a vocabulary: an id as it is, a text by `find`. Ends are listed once each.
std::optional<TokenId> bos_of(const Companions& companions, const Tokenizer& tokenizer);
std::vector<TokenId> eos_of(const Companions& companions, const Tokenizer& tokenizer);

}  // namespace ptetool::llm
