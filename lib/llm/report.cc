#include "ptetool/llm/report.h"

namespace ptetool::llm {

namespace {

using report::Absent;
using report::Cell;

Cell speed(double tokens_per_s) { return tokens_per_s > 0 ? Cell(tokens_per_s) : Cell(Absent{}); }

}  // namespace

report::Section generation_section(const Generation& generation) {
  report::Section section;
  section.id = "generation";
  section.title = "generation";
  section.add("prompt_tokens", "prompt tokens", std::uint64_t{generation.prompt_tokens});
  section.add("new_tokens", "new tokens", std::uint64_t{generation.tokens.size()});
  section.add("ended_by", "ended by", std::string(describe(generation.end)));
  section.add("prefill_tokens_per_s", "prefill tokens/s", speed(generation.prefill_tokens_per_s()));
  section.add("decode_tokens_per_s", "decode tokens/s", speed(generation.decode_tokens_per_s()));
  section.add("first_token_ms", "first token", report::Milliseconds{generation.first_token_ms});
  section.add("text", "", generation.text);
  section.add("token_ids", "", std::vector<std::int64_t>(generation.tokens.begin(), generation.tokens.end()));
  report::Table tokens{"tokens", "tokens", {{"id", "id", true}, {"logprob", "log-probability", true}}, {}, 0};
  for (std::size_t i = 0; i < generation.tokens.size(); ++i) {
    const bool known = i < generation.log_probabilities.size();
    tokens.rows.push_back({generation.tokens[i], known ? Cell(generation.log_probabilities[i]) : Cell(Absent{})});
  }
  section.tables.push_back(std::move(tokens));
  return section;
}

}  // namespace ptetool::llm
