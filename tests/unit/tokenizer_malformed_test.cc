// Tokenizer files that are not what they should be: each is refused with a message that says where and why.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "llm/read_tokenizer.h"

namespace ptetool::llm {

namespace {

namespace fs = std::filesystem;

std::string seed(const char* name) {
  std::ifstream file(fs::path(PTETOOL_SOURCE_DIR) / "tests/fuzz/corpus/tokenizer" / name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
  const std::size_t at = text.find(old);
  REQUIRE_MESSAGE(at != std::string::npos, old);
  return text.replace(at, old.size(), with);
}

std::string problem(const std::string& bytes) {
  const auto tokenizer = read_tokenizer(bytes_of(bytes), {});
  return tokenizer ? "is read" : tokenizer.error().line();
}

std::string nested(const std::string& open, const std::string& inside, const std::string& close, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += open;
  text += inside;
  for (int i = 0; i < times; ++i) text += close;
  return text;
}

struct Change {
  const char* old;
  std::string with;
  const char* problem;
};

void check(const char* file, std::initializer_list<Change> changes) {
  const std::string sound = seed(file);
  REQUIRE(problem(sound) == "is read");
  for (const Change& change : changes) {
    CAPTURE(change.old);
    CAPTURE(change.with.substr(0, 80));
    const std::string found = problem(replaced(sound, change.old, change.with));
    CHECK_MESSAGE(found.starts_with(change.problem), found);
  }
}

}  // namespace

TEST_CASE("a tokenizer.json of byte-pair encoding with something wrong is refused") {
  check("bpe.json",
        {
            {"\"<unk>\": 0", "\"<unk>\": -1", "model.vocab: has a number where something else should be"},
            {"\"<unk>\": 0", "\"<unk>\": \"0\"", "model.vocab: has a string where a number should be"},
            {"\"<unk>\": 0", "\"<unk>\": 1.5", "model.vocab: has a number where something else should be"},
            {"\"<unk>\": 0", "\"<unk>\": 4294967296", "model.vocab: token '<unk>' has the impossible id 4294967296"},
            {"\"<unk>\": 0", "\"<unk>\": 99999999999999999999",
             "model.vocab: has a number where something else should be"},
            {"\"<unk>\": 0", "\"<unk>\": 100000000", "model.vocab: token '<unk>' has the impossible id 100000000"},
            {"\"<unk>\": 0", "\"<unk>\": 1", "model.vocab: the tokens '<unk>' and '<s>' have the same id 1"},
            {"\"<unk>\": 0", "\"<unk>\": {}", "model.vocab: has an object inside"},
            {"\"a b\"", "\"a b c\"", "model.merges: has the entry 'a b c', which is no pair"},
            {"\"a b\"", "\"ab\"", "model.merges: has the entry 'ab', which is no pair"},
            {"\"a b\"", "\"a z\"", "model.merges[0]: needs the token 'z', which is not in the vocabulary"},
            {"\"a b\"", "\"a c\"", "model.merges[0]: needs the token 'ac', which is not in the vocabulary"},
            {"\"a b\"", "\"ab ab\"", "model.merges[0]: needs the token 'abab', which is not in the vocabulary"},
            {"\"a b\"", "[\"a\"]", "model.merges: has an entry that is no pair"},
            {"\"a b\"", "[\"a\", [\"b\"]]", "model.merges: has a list inside"},
            {"\"a b\"", "7", "model.merges: has a number where something else should be"},
            {"\"a b\"", "null", "model.merges: has an entry of the wrong type"},
            {"\"merges\": [", "\"merges\": {",
             "at offset 0x433: is no valid JSON: parse error at line 1, column 1076: syntax error while parsing object "
             "separator - unexpected ','; expected ':'"},
            {"\"type\": \"BPE\"", "\"type\": \"CharBPE\"", "model: the model 'CharBPE' is not supported"},
            {"\"type\": \"BPE\"", "\"type\": 3", "model.type: is no string"},
            {"\"type\": \"BPE\"", "\"type\": \"Unigram\"", "model: the vocabulary is no list of scores"},
            {"\"type\": \"NFC\"", "\"type\": \"NFX\"",
             "normalizer.normalizers[0]: the normalizer 'NFX' is not supported"},
            {"\"Regex\": \"x+\"", "\"Regex\": \"x+(\"",
             "normalizer.normalizers[1].pattern: the regular expression 'x+(' cannot be compiled: missing closing "
             "parenthesis"},
            {"\"Regex\": \"x+\"", "\"Regex\": \"" + std::string(100'000, '(') + "\"",
             "normalizer.normalizers[1].pattern: a regular expression is longer than 64 KiB"},
            {"\"Regex\": \"x+\"", "\"Regex\": \"" + std::string(3'000'000, 'x') + "\"",
             "normalizer.normalizers[1].pattern: a regular expression is longer than 64 KiB"},
            {"\"Regex\": \"x+\"", "\"Text\": \"x\"",
             "normalizer.normalizers[1].pattern: has the setting 'Text', which is not supported"},
            {"{\"type\": \"NFC\"}",
             nested("{\"type\": \"Sequence\", \"normalizers\": [", "{\"type\": \"NFC\"}", "]}", 50),
             "is nested too deeply"},
            {"{\"type\": \"NFC\"}",
             nested("{\"type\": \"Sequence\", \"normalizers\": [", "{\"type\": \"NFC\"}", "]}", 100'000),
             "is nested too deeply"},
            {"\"behavior\": \"Isolated\"", "\"behavior\": \"Sideways\"",
             "pre_tokenizer.pretokenizers[0]: has a behavior that does not exist"},
            {"\"invert\": false", "\"invert\": 0", "pre_tokenizer.pretokenizers[0].invert: is neither true nor false"},
            {"\"single_word\": false", "\"single_word\": \"no\"",
             "added_tokens[0].single_word: is neither true nor false"},
            {"{\"id\": 1,", "{\"id\": -1,", "added_tokens[0].id: is no whole number"},
            {"{\"id\": 1,", "{\"id\": 2000000000,", "added_tokens[0]: has the impossible id 2000000000"},
            {"{\"id\": 1,", "{\"id\": 12,", "added_tokens[0]: the token '<s>' has the id 12 of the token 'l'"},
            {"\"content\": \"<s>\"", "\"content\": 5", "added_tokens[0].content: is no string"},
            {"\"ids\": [1]", "\"ids\": [77]", "post_processor: names an id that no token has"},
            {"\"type\": \"TemplateProcessing\"", "\"type\": \"Nothing\"",
             "post_processor: the post-processor 'Nothing' is not supported"},
            {"\"decoder\": {\"type\": \"ByteLevel\"}", "\"decoder\": {\"type\": \"Other\"}",
             "decoder: the decoder 'Other' is not supported"},
            {"\"decoder\": {\"type\": \"ByteLevel\"}", "\"decoder\": 5", "decoder: is no JSON object"},
            {"\"dropout\": null", "\"dropout\": 0.1", "model: has a dropout: encoding would be random"},
            {"\"unk_token\": \"<unk>\"", "\"unk_token\": \"<none>\"",
             "model: the unknown token '<none>' is not in the vocabulary"},
            {"\"version\"", "\"never heard of\"", "has the setting 'never heard of', which is not supported"},
            {"\"model\": {", "\"model\": [{",
             "at offset 0x44b: is no valid JSON: parse error at line 1, column 1100: syntax error while parsing array "
             "- unexpected '}'; expected ']'"},
            {"\"model\": {", "\"nothing\": {", "model: there is no vocabulary"},
        });
}

TEST_CASE("tokenizer.json of other models with something wrong is refused") {
  check(
      "unigram.json",
      {
          {"\"unk_id\": 0", "\"unk_id\": 6", "model: unk_id is not in the vocabulary"},
          {"\"unk_id\": 0", "\"unk_id\": \"a\"", "model.unk_id: is no whole number"},
          {"[\"a\", -2.5]", "[\"a\"]", "model.vocab: has an entry that is no pair"},
          {"[\"a\", -2.5]", "[-2.5, \"a\"]", "model.vocab: has a number where something else should be"},
          {"[\"a\", -2.5]", "\"a\"", "model.vocab: has a string where a number should be"},
          {"[\"a\", -2.5]", "[\"a\", 1e999]", "at offset 0x1ca: is no valid JSON: number overflow parsing '1e999'"},
          {"\"replacement\": \"▁\"", "\"replacement\": \"__\"", "pre_tokenizer: the replacement is not one character"},
          {"\"prepend_scheme\": \"always\"", "\"prepend_scheme\": \"maybe\"",
           "pre_tokenizer: has the prepend_scheme 'maybe', which does not exist"},
      });
  check("word_piece.json",
        {
            {"\"unk_token\": \"[UNK]\"", "\"unk_token\": \"[NONE]\"",
             "model: the unknown token '[NONE]' is not in the vocabulary"},
            {"\"max_input_chars_per_word\": 100", "\"max_input_chars_per_word\": -1",
             "model.max_input_chars_per_word: is no whole number"},
            {"\"clean_text\": true", "\"clean_text\": \"yes\"", "normalizer.clean_text: is neither true nor false"},
        });
}

TEST_CASE("tiktoken, sentencepiece and llama2.c files with something wrong are refused") {
  check("ranks.tiktoken",
        {{"AA== 0", "AA== 1", "the tokens '\\x00' and '\\x01' have the same id 1"},
         {"AA== 0", "A=== 0", "is no tokenizer: neither tokenizer.json, tiktoken, sentencepiece nor llama2.c"},
         {"AA== 0", "AA==", "is no tokenizer: neither tokenizer.json, tiktoken, sentencepiece nor llama2.c"},
         {"AA== 0", "AA== 99999999999", "token '\\x00' has the impossible id 99999999999"},
         {"AA== 0", "AA== 100000000", "token '\\x00' has the impossible id 100000000"},
         {"AA== 0", "AQ== 0", "the token '\\x01' has the ids 0 and 1"}});
  // Lengths beyond the end of the file; a length that none of the tokens may have.
  for (const char* name : {"llama2c.bin", "llama2c_executorch.bin"}) {
    const std::string llama = seed(name);
    REQUIRE(problem(llama) == "is read");
    for (const std::size_t at : {llama.size() - 6, llama.size() - 16}) {
      std::string broken = llama;
      const std::uint32_t number = 0x7fffffff;
      std::memcpy(broken.data() + at, &number, sizeof number);
      CHECK(problem(broken) == "is no tokenizer: neither tokenizer.json, tiktoken, sentencepiece nor llama2.c");
    }
    const std::size_t records = 180;  // the first 13 of them
    const std::size_t header = std::string_view(name) == "llama2c.bin" ? 4 : 16;
    CHECK(problem(llama.substr(0, header + records)) == "has only 13 tokens, not even one per byte");
  }
}

TEST_CASE("tokenizer files that are cut off are refused, or read as far as they go") {
  for (const char* name : {"bpe.json", "unigram.json", "word_piece.json", "bpe.model", "unigram.model", "llama2c.bin",
                           "llama2c_executorch.bin", "ranks.tiktoken"}) {
    CAPTURE(name);
    const std::string whole = seed(name);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string found = problem(whole.substr(0, size));
      // The other kinds are lists without end, of which any beginning may be one.
      if (std::string_view(name).ends_with(".json")) CHECK_MESSAGE(found != "is read", size);
    }
  }
}

}  // namespace ptetool::llm
