// Counts and speeds are facts, tokens with their log-probabilities a table; ids are those that design 1.4 promises to
// scripts.
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

report::Section perplexity_section(const Perplexity& perplexity) {
  report::Section section;
  section.id = "perplexity";
  section.title = "perplexity";
  section.add("perplexity", "perplexity", perplexity.perplexity());
  section.add("negative_log_likelihood", "negative log-likelihood per token", perplexity.mean());
  section.add("tokens", "tokens predicted", std::uint64_t{perplexity.tokens});
  section.add("windows", "windows", std::uint64_t{perplexity.windows});
  const double ms = perplexity.milliseconds;
  section.add("tokens_per_s", "tokens/s", speed(ms > 0 ? static_cast<double>(perplexity.tokens) * 1000 / ms : 0));
  return section;
}

report::Section comparison_section(const LogitComparison& comparison, const std::string& name) {
  report::Section section;
  section.id = "against";
  section.title = "against " + name;
  section.add("name", "", name);
  section.add("rows", "rows of logits", std::uint64_t{comparison.rows});
  const double share =
      comparison.rows == 0 ? 1 : static_cast<double>(comparison.agree) / static_cast<double>(comparison.rows);
  section.add("top1_agreement", "same first choice", report::Share{share});
  section.add("first_different", comparison.first_different ? "first other choice at row" : "",
              comparison.first_different ? Cell(std::uint64_t{*comparison.first_different}) : Cell(Absent{}));
  section.add("divergence_mean", "mean KL divergence", comparison.mean_divergence());
  section.add("divergence_max", "largest KL divergence", comparison.divergence_max);
  section.add("max_logit_error", "largest logit error", comparison.max_error);
  section.add("rows_beyond_tolerance", "", std::uint64_t{comparison.beyond});
  return section;
}

}  // namespace ptetool::llm
