// One function per type of decoder, found by the name that the file gives.
#include "llm/token_decoder.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "llm/bpe.h"
#include "llm/byte_level.h"
#include "llm/metaspace.h"
#include "llm/pattern.h"
#include "llm/section_steps.h"
#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

std::string with_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string(text);
  std::string result;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != std::string_view::npos; found = text.find(from, at)) {
    result += text.substr(at, found - at);
    result += to;
    at = found + from.size();
  }
  result += text.substr(at);
  return result;
}

// English without the spaces that word pieces put before punctuation and contractions.
std::string tidied(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kRules{{{" .", "."},
                                                                                         {" ?", "?"},
                                                                                         {" !", "!"},
                                                                                         {" ,", ","},
                                                                                         {" ' ", "'"},
                                                                                         {" n't", "n't"},
                                                                                         {" 'm", "'m"},
                                                                                         {" do not", " don't"},
                                                                                         {" 's", "'s"},
                                                                                         {" 've", "'ve"},
                                                                                         {" 're", "'re"}}};
  std::string result(text);
  for (const auto& [from, to] : kRules) result = with_all(result, from, to);
  return result;
}

Result<TokenDecoder> byte_level(Fields& fields) {
  fields.ignore({"add_prefix_space", "trim_offsets", "use_regex"});
  return [](Tokens& tokens) -> Result<> {
    std::string bytes;
    for (const std::string& token : tokens) {
      if (!append_bytes(token, bytes)) bytes += token;
    }
    tokens = {repaired_utf8(bytes)};
    return {};
  };
}

Result<TokenDecoder> metaspace(Fields& fields) {
  PTETOOL_ASSIGN(const Metaspace rule, read_metaspace(fields));
  return [rule](Tokens& tokens) -> Result<> {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool prepended = i == 0 && rule.prepend != Metaspace::Prepend::Never;
      tokens[i] = with_all(tokens[i], rule.mark, prepended ? "" : " ");
    }
    return {};
  };
}

Result<TokenDecoder> byte_fallback(Fields&) {
  return [](Tokens& tokens) -> Result<> {
    Tokens result;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (is_valid_utf8(bytes)) {
        result.push_back(bytes);
      } else {
        for (std::size_t i = 0; i < bytes.size(); ++i) result.emplace_back(kReplacement);
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = byte_of_token(token)) {
        bytes += static_cast<char>(*byte);
      } else {
        flush();
        result.push_back(std::move(token));
      }
    }
    flush();
    tokens = std::move(result);
    return {};
  };
}

Result<TokenDecoder> fuse(Fields&) {
  return [](Tokens& tokens) -> Result<> {
    tokens = {joined(tokens)};
    return {};
  };
}

Result<TokenDecoder> strip(Fields& fields) {
  const std::string content = fields.text("content");
  const std::uint64_t start = fields.number("start");
  const std::uint64_t stop = fields.number("stop");
  if (content.empty()) return fields.malformed("strips nothing");
  return [=](Tokens& tokens) -> Result<> {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::uint64_t i = 0; i < start && rest.starts_with(content); ++i) rest.remove_prefix(content.size());
      for (std::uint64_t i = 0; i < stop && rest.ends_with(content); ++i) rest.remove_suffix(content.size());
      token = std::string(rest);
    }
    return {};
  };
}

Result<TokenDecoder> replace(Fields& fields) {
  PTETOOL_ASSIGN(Pattern pattern, read_pattern(fields));
  return [pattern = std::move(pattern), content = fields.text("content")](Tokens& tokens) -> Result<> {
    for (std::string& token : tokens) {
      // Tokens of bytes need not be text.
      if (pattern.regex && !is_valid_utf8(token)) token = repaired_utf8(token);
      PTETOOL_ASSIGN(token, replaced(token, pattern, content));
    }
    return {};
  };
}

Result<TokenDecoder> word_piece(Fields& fields) {
  const std::string prefix = fields.text("prefix", "##");
  const bool cleanup = fields.flag("cleanup", true);
  return [=](Tokens& tokens) -> Result<> {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i != 0) {
        if (tokens[i].starts_with(prefix)) {
          tokens[i].erase(0, prefix.size());
        } else {
          tokens[i].insert(0, 1, ' ');
        }
      }
      if (cleanup) tokens[i] = tidied(tokens[i]);
    }
    return {};
  };
}

Result<TokenDecoder> bpe(Fields& fields) {
  return [suffix = fields.text("suffix", "</w>")](Tokens& tokens) -> Result<> {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = with_all(tokens[i], suffix, i + 1 == tokens.size() ? "" : " ");
    }
    return {};
  };
}

Result<TokenDecoder> ctc(Fields& fields) {
  const std::string padding = fields.text("pad_token", "<pad>");
  const std::string delimiter = fields.text("word_delimiter_token", "|");
  const bool cleanup = fields.flag("cleanup", true);
  return [=](Tokens& tokens) -> Result<> {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
      token = with_all(token, padding, "");
      if (cleanup) token = with_all(tidied(token), delimiter, " ");
    }
    return {};
  };
}

using Type = StepType<TokenDecoder>;

constexpr std::array kTypes{
    Type{"ByteLevel", byte_level},
    Type{"Metaspace", metaspace},
    Type{"ByteFallback", byte_fallback},
    Type{"Fuse", fuse},
    Type{"Strip", strip},
    Type{"Replace", replace},
    Type{"WordPiece", word_piece},
    Type{"BPEDecoder", bpe},
    Type{"CTC", ctc},
};

constexpr StepTypes<TokenDecoder> kSteps{"decoder", "decoders", kTypes};

}  // namespace

Result<TokenDecoder> read_token_decoder(const nlohmann::json& section, const std::string& path) {
  if (!section.is_null()) return read_step(section, path, kSteps);
  return [](Tokens& tokens) -> Result<> {
    for (std::size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, 1, ' ');
    return {};
  };
}

}  // namespace ptetool::llm
