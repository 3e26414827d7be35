// One function per type of normalizer, found by the name that the file gives.
#include "llm/normalizer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "llm/byte_level.h"
#include "llm/charsmap.h"
#include "llm/pattern.h"
#include "llm/section_steps.h"
#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// Calls write(character, bytes, result) for every character.
template <class Write>
std::string rewritten(std::string_view text, Write write) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    write(character.value, text.substr(at, character.length), result);
    at += character.length;
  }
  return result;
}

template <NormalForm form>
Result<Normalizer> unicode(Fields&) {
  return [](std::string& text) -> Result<> {
    PTETOOL_ASSIGN(text, normal_form(text, form));
    return {};
  };
}

Result<Normalizer> lowercase(Fields&) {
  return [](std::string& text) -> Result<> {
    text = lower_case(text);
    return {};
  };
}

Result<Normalizer> strip_accents(Fields&) {
  return [](std::string& text) -> Result<> {
    text = rewritten(text, [](char32_t c, std::string_view bytes, std::string& result) {
      if (!is_mark(c)) result += bytes;
    });
    return {};
  };
}

Result<Normalizer> strip(Fields& fields) {
  const bool left = fields.flag("strip_left", true);
  const bool right = fields.flag("strip_right", true);
  return [=](std::string& text) -> Result<> {
    while (right && !text.empty()) {
      const std::size_t last = last_character(text);
      if (!is_white_space(character_at(text, last).value)) break;
      text.resize(last);
    }
    std::size_t begin = 0;
    while (left && begin < text.size()) {
      const Character character = character_at(text, begin);
      if (!is_white_space(character.value)) break;
      begin += character.length;
    }
    text.erase(0, begin);
    return {};
  };
}

Result<Normalizer> prepend(Fields& fields) {
  return [prefix = fields.text("prepend")](std::string& text) -> Result<> {
    if (!text.empty()) text.insert(0, prefix);
    return {};
  };
}

Result<Normalizer> replace(Fields& fields) {
  PTETOOL_ASSIGN(Pattern pattern, read_pattern(fields));
  return [pattern = std::move(pattern), content = fields.text("content")](std::string& text) -> Result<> {
    PTETOOL_ASSIGN(text, replaced(text, pattern, content));
    return {};
  };
}

Result<Normalizer> byte_level(Fields&) {
  return [](std::string& text) -> Result<> {
    std::string result;
    append_byte_level(text, result);
    text = std::move(result);
    return {};
  };
}

Result<Normalizer> precompiled(Fields& fields) {
  PTETOOL_ASSIGN(Charsmap map, Charsmap::from_base64(fields.text("precompiled_charsmap", "")));
  return [map = std::move(map)](std::string& text) -> Result<> {
    text = map.apply(text);
    return {};
  };
}

// The ranges of the reference, its gap at U+2B820 included.
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void clean(char32_t c, std::string_view bytes, std::string& result) {
  const bool plain_space = c == '\t' || c == '\n' || c == '\r';
  if (c == 0 || c == 0xFFFD || (!plain_space && is_other(c))) return;
  result += is_white_space(c) ? std::string_view(" ") : bytes;
}

Result<Normalizer> bert(Fields& fields) {
  const bool cleans = fields.flag("clean_text", true);
  const bool chinese = fields.flag("handle_chinese_chars", true);
  const bool lower = fields.flag("lowercase", true);
  const bool accents = fields.flag("strip_accents", lower);
  return [=](std::string& text) -> Result<> {
    if (cleans) text = rewritten(text, clean);
    if (chinese) {
      text = rewritten(text, [](char32_t c, std::string_view bytes, std::string& result) {
        const bool alone = is_chinese(c);
        if (alone) result += ' ';
        result += bytes;
        if (alone) result += ' ';
      });
    }
    if (accents) {
      PTETOOL_ASSIGN(text, normal_form(text, NormalForm::Nfd));
      text = rewritten(text, [](char32_t c, std::string_view bytes, std::string& result) {
        if (!is_nonspacing_mark(c)) result += bytes;
      });
    }
    if (lower) text = lower_case(text);
    return {};
  };
}

using Type = StepType<Normalizer>;

constexpr std::array kTypes{
    Type{"NFC", unicode<NormalForm::Nfc>},
    Type{"NFD", unicode<NormalForm::Nfd>},
    Type{"NFKC", unicode<NormalForm::Nfkc>},
    Type{"NFKD", unicode<NormalForm::Nfkd>},
    Type{"Lowercase", lowercase},
    Type{"Strip", strip},
    Type{"StripAccents", strip_accents},
    Type{"Prepend", prepend},
    Type{"Replace", replace},
    Type{"ByteLevel", byte_level},
    Type{"BertNormalizer", bert},
    Type{"Precompiled", precompiled},
};

constexpr StepTypes<Normalizer> kSteps{"normalizer", "normalizers", kTypes};

}  // namespace

Result<Normalizer> read_normalizer(const nlohmann::json& section, const std::string& path) {
  if (section.is_null()) return [](std::string&) -> Result<> { return {}; };
  return read_step(section, path, kSteps);
}

}  // namespace ptetool::llm
