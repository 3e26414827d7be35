// Which file a path means, and which kind of file it is.
#include <array>
#include <filesystem>

#include "llm/companions.h"
#include "llm/llama2c.h"
#include "llm/read_tokenizer.h"
#include "llm/sentencepiece.h"
#include "llm/tiktoken.h"
#include "llm/tokenizer_json.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/llm/tokenizer.h"

namespace ptetool::llm {

namespace {

namespace fs = std::filesystem;

// In a directory, the first of these that is there.
constexpr std::array kNames{"tokenizer.json", "tokenizer.model", "tokenizer.bin",          "spiece.model",
                            "qwen.tiktoken",  "tiktoken.model",  "sentencepiece.bpe.model"};

Result<std::string> file_of(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path;
  for (const char* name : kNames) {
    const fs::path candidate = fs::path(path) / name;
    if (fs::is_regular_file(candidate, error)) return candidate.string();
  }
  return fail(ErrorCode::Missing, path, "",
              "the directory holds no tokenizer (tokenizer.json, tokenizer.model, tokenizer.bin, …)");
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> read_tokenizer(ByteView bytes, const Companions& companions) {
  std::string_view text = as_text(bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(ErrorCode::Malformed, "the file is empty");
  if (text.starts_with("version https://git-lfs")) {
    return fail(ErrorCode::WrongKind, "is a git-lfs pointer, not the tokenizer itself; fetch it with 'git lfs pull'");
  }
  if (text[first] == '{') return read_tokenizer_json(text, companions);
  if (looks_like_tiktoken(text)) return read_tiktoken(text, companions);
  if (looks_like_llama2c(bytes)) return read_llama2c(bytes);
  if (looks_like_sentencepiece(bytes)) return read_sentencepiece(bytes, companions);
  return fail(ErrorCode::WrongKind, "is no tokenizer: neither tokenizer.json, tiktoken, sentencepiece nor llama2.c");
}

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& path) {
  PTETOOL_ASSIGN(const std::string name, file_of(path));
  PTETOOL_ASSIGN(const auto file, File::open(name));
  PTETOOL_ASSIGN(const Companions companions, read_companions(name));
  auto tokenizer = read_tokenizer(file->bytes(), companions);
  if (!tokenizer) {
    Error error = std::move(tokenizer).error();
    if (error.file.empty()) error.file = name;
    return Failure(std::move(error));
  }
  return tokenizer;
}

}  // namespace ptetool::llm
