// The words of CONTENT, one after the other.
#include "malformed/content.h"

#include "ptetool/base/bytes.h"
#include "ptetool/base/hash.h"

namespace ptetool::malformed {

namespace {

template <class T>
void put(Buffer& bytes, T value) {
  const ByteView raw = ptetool::bytes_of(std::span<const T>(&value, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

Result<> put_item(Buffer& bytes, const std::string& type, const std::string& word) {
  if (type == "text") {
    bytes.insert(bytes.end(), word.begin(), word.end());
    return {};
  }
  try {
    if (type == "f32") {
      put(bytes, std::stof(word));
    } else if (type == "i64") {
      put(bytes, static_cast<std::int64_t>(std::stoll(word, nullptr, 0)));
    } else if (type == "i32") {
      put(bytes, static_cast<std::int32_t>(std::stoll(word, nullptr, 0)));
    } else if (type == "u16") {
      put(bytes, static_cast<std::uint16_t>(std::stoull(word, nullptr, 0)));
    } else if (type == "u8") {
      put(bytes, static_cast<std::uint8_t>(std::stoull(word, nullptr, 0)));
    } else if (type == "zeros") {
      bytes.resize(bytes.size() + std::stoull(word, nullptr, 0));
    } else if (type == "hex") {
      for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(word.substr(i, 2), nullptr, 16)));
      }
    } else {
      return broken(word, "comes before the word that says what it is");
    }
  } catch (const std::exception&) {
    return broken(word, "is no number");
  }
  return {};
}

}  // namespace

Result<Buffer> Contents::bytes_of(std::string words) const {
  Buffer bytes;
  std::string type;
  while (!words.empty()) {
    const std::string word = take_word(words);
    if (word.starts_with("@")) {
      const auto found = built_.find(word.substr(1));
      if (found == built_.end()) return broken(word, "nothing of this name is built yet");
      bytes.insert(bytes.end(), found->second.begin(), found->second.end());
      continue;
    }
    const bool is_type = word == "f32" || word == "i64" || word == "i32" || word == "u16" || word == "u8" ||
                         word == "hex" || word == "zeros" || word == "text";
    if (is_type) {
      type = word;
      continue;
    }
    PTETOOL_CHECK(put_item(bytes, type, word));
  }
  return bytes;
}

Result<> Contents::substitute(Json& json) const {
  if (json.is_structured()) {
    for (auto& item : json) PTETOOL_CHECK(substitute(item));
    return {};
  }
  if (!json.is_string()) return {};
  const auto text = json.get<std::string>();
  if (text.starts_with("@")) {
    PTETOOL_ASSIGN(const Buffer bytes, bytes_of(text));
    json = Json(bytes);
  } else if (const auto at = text.find("sha256("); at != std::string::npos && text.ends_with(")")) {
    PTETOOL_ASSIGN(const Buffer bytes, bytes_of(text.substr(at + 7, text.size() - at - 8)));
    PTETOOL_ASSIGN(const Sha256 digest, sha256(bytes));
    json = text.substr(0, at) + to_hex(digest);
  }
  return {};
}

}  // namespace ptetool::malformed
