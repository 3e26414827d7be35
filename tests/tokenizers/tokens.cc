// Encodes and decodes texts with a tokenizer file, for comparisons with the reference libraries
// (testdata/tokenizers/compare.py).
//
//   ptetool_tokens TOKENIZER [no-special] [plain] < texts > tokens
//
// A text is its length (uint32) and its bytes. The answer to each is the number of its tokens and the tokens (uint32
// each), then the text that they decode to without special tokens, in the same way as it came. The time goes to stderr.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/llm/tokenizer.h"

namespace {

using ptetool::llm::TokenId;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool read_text(std::string& text) {
  std::uint32_t size = 0;
  if (std::fread(&size, sizeof size, 1, stdin) != 1) return false;
  text.resize(size);
  return std::fread(text.data(), 1, size, stdin) == size;
}

void write_number(std::size_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  std::fwrite(&value, sizeof value, 1, stdout);
}

int report(const ptetool::Error& error) {
  std::fprintf(stderr, "error: %s\n", error.line().c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  ptetool::llm::EncodeOptions options;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) == "no-special") options.add_special = false;
    if (std::string_view(argv[i]) == "plain") options.parse_special = false;
  }
  auto start = std::chrono::steady_clock::now();
  const auto tokenizer = ptetool::llm::open_tokenizer(argv[1]);
  if (!tokenizer) return report(tokenizer.error());
  std::fprintf(stderr, "%s: %zu tokens, opened in %.3f s\n", (*tokenizer)->kind().c_str(), (*tokenizer)->size(),
               seconds_since(start));
  std::string text;
  double encoding = 0;
  double decoding = 0;
  std::size_t bytes = 0;
  while (read_text(text)) {
    start = std::chrono::steady_clock::now();
    const auto ids = (*tokenizer)->encode(text, options);
    if (!ids) return report(ids.error());
    encoding += seconds_since(start);
    start = std::chrono::steady_clock::now();
    const auto decoded = (*tokenizer)->decode(*ids);
    if (!decoded) return report(decoded.error());
    decoding += seconds_since(start);
    bytes += text.size();
    write_number(ids->size());
    for (const TokenId id : *ids) write_number(static_cast<std::size_t>(id));
    write_number(decoded->size());
    std::fwrite(decoded->data(), 1, decoded->size(), stdout);
  }
  std::fprintf(stderr, "%zu bytes encoded in %.3f s, decoded in %.3f s\n", bytes, encoding, decoding);
  return 0;
}
