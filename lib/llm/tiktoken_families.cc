// The expressions and special tokens of tiktoken's registry (GPT-2, cl100k, o200k), Llama 3 and Qwen, by how many
// tokens a file has.
#include "llm/tiktoken_families.h"

namespace ptetool::llm {

namespace {

constexpr std::string_view kGpt2 = R"('(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s)";
constexpr std::string_view kCl100k =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// 256 of them; the names are those of Llama 3.1 and later.
TiktokenFamily llama3(std::uint32_t ranks) {
  TiktokenFamily family{"Llama 3", kLlama3, {}, "<|begin_of_text|>", {"<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"}};
  const auto add = [&](std::string text) {
    family.special.emplace_back(std::move(text), ranks + static_cast<std::uint32_t>(family.special.size()));
  };
  for (const char* text : {"<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
                           "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|step_id|>",
                           "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"}) {
    add(text);
  }
  for (int i = 2; family.special.size() < 256; ++i) add("<|reserved_special_token_" + std::to_string(i) + "|>");
  return family;
}

TiktokenFamily qwen() {
  TiktokenFamily family{"Qwen",
                        kQwen,
                        {{"<|endoftext|>", 151643}, {"<|im_start|>", 151644}, {"<|im_end|>", 151645}},
                        "",
                        {"<|endoftext|>", "<|im_end|>"}};
  for (std::uint32_t i = 0; i < 205; ++i)
    family.special.emplace_back("<|extra_" + std::to_string(i) + "|>", 151646 + i);
  return family;
}

}  // namespace

TiktokenFamily tiktoken_family(std::uint32_t ranks) {
  switch (ranks) {
    case 50256: return {"GPT-2", kGpt2, {{"<|endoftext|>", 50256}}, "", {"<|endoftext|>"}};
    case 100256:
      return {"cl100k",
              kCl100k,
              {{"<|endoftext|>", 100257},
               {"<|fim_prefix|>", 100258},
               {"<|fim_middle|>", 100259},
               {"<|fim_suffix|>", 100260},
               {"<|endofprompt|>", 100276}},
              "",
              {"<|endoftext|>"}};
    case 151643: return qwen();
    case 199998:
      return {"o200k", kO200k, {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}, "", {"<|endoftext|>"}};
    default: return llama3(ranks);
  }
}

}  // namespace ptetool::llm
