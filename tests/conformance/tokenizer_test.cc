// Holds every tokenizer file under testdata/tokenizers against the reference libraries, whose answers to hard lines are
// recorded beside it: the ids of each line, and a digest of the text that they decode to.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ptetool/base/hash.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// \xHH and \n are the only escapes.
std::string unescaped(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
    } else if (line[i + 1] == 'n') {
      text += '\n';
      ++i;
    } else {
      text += static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16));
      i += 3;
    }
  }
  return text;
}

std::string ids_text(const std::vector<TokenId>& ids) {
  std::string text;
  for (const TokenId id : ids) text += (text.empty() ? "" : " ") + std::to_string(id);
  return text;
}

std::string digest(const std::string& text) { return to_hex(*sha256(bytes_of(text))).substr(0, 8); }

// The pieces of a stream put together, none of which ends inside a character.
std::string streamed(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  StreamDecoder stream(tokenizer);
  std::string text;
  for (const TokenId id : ids) text += *stream.push(id);
  return text + *stream.finish();
}

}  // namespace

TEST_CASE("tokenizers give the ids and texts of the reference libraries") {
  const fs::path folder = fs::path(PTETOOL_SOURCE_DIR) / "testdata/tokenizers";
  const auto lines = read_lines(folder / "lines.txt");
  REQUIRE(lines.size() > 200);
  std::size_t families = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".expected") continue;
    ++families;
    const auto expected = read_lines(entry.path());
    REQUIRE(expected.size() == lines.size() + 1);
    CAPTURE(expected.front());
    const auto tokenizer = open_tokenizer((folder / expected.front()).string());
    REQUIRE_MESSAGE(tokenizer, tokenizer.error().line());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CAPTURE(lines[i]);
      const std::string text = unescaped(lines[i]);
      const auto ids = (*tokenizer)->encode(text);
      REQUIRE_MESSAGE(ids, ids.error().line());
      const auto decoded = (*tokenizer)->decode(*ids);
      REQUIRE_MESSAGE(decoded, decoded.error().line());
      CHECK(ids_text(*ids) + ":" + digest(*decoded) == expected[i + 1]);
    }
  }
  CHECK(families >= 20);
}

TEST_CASE("a stream of tokens becomes the text of all of them") {
  const fs::path folder = fs::path(PTETOOL_SOURCE_DIR) / "testdata/tokenizers";
  for (const char* name :
       {"gpt2.json", "llama3.json", "qwen2.json", "llama2.json", "gemma.json", "tiktoken.model", "llama2c.bin"}) {
    CAPTURE(name);
    const auto tokenizer = open_tokenizer((folder / name).string());
    REQUIRE(tokenizer);
    for (const char* text :
         {"Hello, world", "Größe, 敏捷的棕色狐狸", "👩‍💻🧑🏽‍🤝‍🧑🏿 x", "a\n\n  b"}) {
      CAPTURE(text);
      const auto ids = (*tokenizer)->encode(text);
      REQUIRE(ids);
      CHECK(streamed(**tokenizer, *ids) == *(*tokenizer)->decode(*ids));
    }
  }
}

}  // namespace ptetool::llm
