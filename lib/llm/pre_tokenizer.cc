// One function per type of pre-tokenizer, found by the name that the file gives.
#include "llm/pre_tokenizer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "llm/byte_level.h"
#include "llm/metaspace.h"
#include "llm/pattern.h"
#include "llm/section_steps.h"
#include "llm/splitter.h"
#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

bool is_bert_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~') ||
         is_punctuation(c);
}

// Rewrites every piece by write(piece, text), which appends to the new text.
template <class Write>
void rewrite(Pieces& pieces, Write write) {
  std::string text;
  text.reserve(pieces.text.size() + pieces.text.size() / 4 + pieces.ranges.size());
  for (Range& range : pieces.ranges) {
    const std::size_t begin = text.size();
    write(range.of(pieces.text), text);
    range = {begin, text.size()};
  }
  pieces.text = std::move(text);
}

Result<PreTokenizer> byte_level(Fields& fields) {
  const bool prefix = fields.flag("add_prefix_space", true);
  const bool cut = fields.flag("use_regex", true);
  fields.ignore({"trim_offsets"});
  PTETOOL_ASSIGN(const Regex regex, Regex::compile(kGpt2Pattern));
  return [prefix, cut, regex](Pieces& pieces) -> Result<> {
    if (prefix) {
      rewrite(pieces, [](std::string_view piece, std::string& text) {
        if (!piece.starts_with(' ')) text += ' ';
        text += piece;
      });
    }
    if (cut) PTETOOL_CHECK(split_pieces(pieces, regex, SplitBehavior::Isolated, false));
    rewrite(pieces, append_byte_level);
    return {};
  };
}

Result<PreTokenizer> split(Fields& fields) {
  const auto behavior = split_behavior(fields.text("behavior"));
  const bool invert = fields.flag("invert", false);
  PTETOOL_ASSIGN(Pattern pattern, read_pattern(fields));
  if (!behavior) return fields.malformed("has a behavior that does not exist");
  return [=, pattern = std::move(pattern)](Pieces& pieces) -> Result<> {
    if (pattern.regex) return split_pieces(pieces, *pattern.regex, *behavior, invert);
    return split_pieces(pieces, find_string(pattern.string), *behavior, invert);
  };
}

PreTokenizer by_characters(bool (*wanted)(char32_t), SplitBehavior behavior) {
  return [=](Pieces& pieces) { return split_pieces(pieces, find_characters(wanted), behavior, false); };
}

Result<PreTokenizer> digits(Fields& fields) {
  const bool each = fields.flag("individual_digits", false);
  return by_characters(is_numeric, each ? SplitBehavior::Isolated : SplitBehavior::Contiguous);
}

Result<PreTokenizer> punctuation(Fields& fields) {
  const auto behavior = split_behavior(fields.text("behavior", "Isolated"));
  if (!behavior) return fields.malformed("has a behavior that does not exist");
  return by_characters(is_bert_punctuation, *behavior);
}

// \w+ or [^\w\s]+, all else removed.
Result<PreTokenizer> whitespace(Fields&) {
  PTETOOL_ASSIGN(const Regex regex, Regex::compile(R"(\w+|[^\w\s]+)", RegexDialect::Rust));
  return [regex](Pieces& pieces) { return split_pieces(pieces, regex, SplitBehavior::Removed, true); };
}

Result<PreTokenizer> whitespace_split(Fields&) { return by_characters(is_white_space, SplitBehavior::Removed); }

Result<PreTokenizer> bert(Fields&) {
  return [](Pieces& pieces) -> Result<> {
    PTETOOL_CHECK(split_pieces(pieces, find_characters(is_white_space), SplitBehavior::Removed, false));
    return split_pieces(pieces, find_characters(is_bert_punctuation), SplitBehavior::Isolated, false);
  };
}

Result<PreTokenizer> delimiter(Fields& fields) {
  return [needle = fields.text("delimiter")](Pieces& pieces) {
    return split_pieces(pieces, find_string(needle), SplitBehavior::Removed, false);
  };
}

Result<PreTokenizer> metaspace(Fields& fields) {
  PTETOOL_ASSIGN(const Metaspace rule, read_metaspace(fields));
  return [rule](Pieces& pieces) -> Result<> {
    const bool begins_text = pieces.begins_text;
    const std::size_t first = pieces.ranges.empty() ? 0 : pieces.ranges.front().begin;
    bool at_beginning = begins_text && first == 0;
    rewrite(pieces, [&](std::string_view piece, std::string& text) {
      std::string marked;
      for (const char c : piece) c == ' ' ? marked += rule.mark : marked += c;
      const bool prepend =
          rule.prepend == Metaspace::Prepend::Always || (rule.prepend == Metaspace::Prepend::First && at_beginning);
      if (prepend && !marked.starts_with(rule.mark)) text += rule.mark;
      text += marked;
      at_beginning = false;
    });
    if (rule.split) return split_pieces(pieces, find_string(rule.mark), SplitBehavior::MergedWithNext, false);
    return {};
  };
}

using Type = StepType<PreTokenizer>;

constexpr std::array kTypes{
    Type{"ByteLevel", byte_level},
    Type{"Split", split},
    Type{"Metaspace", metaspace},
    Type{"Digits", digits},
    Type{"Punctuation", punctuation},
    Type{"Whitespace", whitespace},
    Type{"WhitespaceSplit", whitespace_split},
    Type{"BertPreTokenizer", bert},
    Type{"CharDelimiterSplit", delimiter},
};

constexpr StepTypes<PreTokenizer> kSteps{"pre-tokenizer", "pretokenizers", kTypes};

}  // namespace

Result<PreTokenizer> read_pre_tokenizer(const nlohmann::json& section, const std::string& path) {
  if (section.is_null()) return [](Pieces&) -> Result<> { return {}; };
  return read_step(section, path, kSteps);
}

}  // namespace ptetool::llm
