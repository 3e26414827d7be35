// Feeds what the model does not have of the prompt yet, then one chosen token after the other, and shows text as far as
// it is sure; every step looks at all that may end the answer.
#include "ptetool/llm/generate.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "ptetool/base/text.h"
#include "ptetool/llm/stop_texts.h"

namespace ptetool::llm {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double per_second(std::size_t count, double ms) { return ms > 0 ? static_cast<double>(count) * 1000 / ms : 0; }

// How many new tokens there may be, after a prompt of `prompt`.
Result<std::size_t> budget_of(const LanguageModel& model, std::size_t prompt, const GenerationRequest& request) {
  const std::size_t context = model.context();
  const std::uint64_t wanted = request.max_new_tokens.value_or(context);
  // A prompt may fill the context only where nothing is to follow.
  const std::size_t most = wanted == 0 ? context : context - 1;
  if (prompt > most) {
    return fail(ErrorCode::Limit, model.model().program->file->name(), "",
                "the prompt has " + counted(prompt, "token") + ", " + std::to_string(most) + " fit: the context has " +
                    counted(context, "position") + (wanted == 0 ? "" : ", and the answer needs one"));
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, context - prompt));
}

// The length of what both begin with.
std::size_t common_prefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// What is shown of the tokens: their text as far as it is sure, cut at stop texts.
class TextStream {
 public:
  explicit TextStream(const GenerationRequest& request) : tokenizer_(request.tokenizer), stops_(request.stop) {
    if (tokenizer_) decoder_.emplace(*tokenizer_);
  }

  Result<std::string> push(TokenId token) {
    // Models have more tokens than their tokenizers, up to a round number: those are without text.
    if (!decoder_ || !tokenizer_->decode(std::span(&token, 1))) return std::string();
    PTETOOL_ASSIGN(const std::string piece, decoder_->push(token));
    return stops_.push(piece);
  }
  Result<std::string> finish() {
    if (!decoder_ || stops_.found()) return std::string();
    PTETOOL_ASSIGN(const std::string piece, decoder_->finish());
    std::string rest = stops_.push(piece);
    return rest + stops_.finish();
  }
  bool stopped() const { return stops_.found(); }

 private:
  const Tokenizer* tokenizer_;
  std::optional<StreamDecoder> decoder_;
  StopTexts stops_;
};

}  // namespace

const char* describe(GenerationEnd end) {
  switch (end) {
    case GenerationEnd::Eos: return "end token";
    case GenerationEnd::Stop: return "stop text";
    case GenerationEnd::Length: return "most new tokens";
    case GenerationEnd::Context: return "full context";
    case GenerationEnd::Interrupted: return "interrupted";
  }
  return "";
}

double Generation::prefill_tokens_per_s() const { return per_second(fed_tokens, prefill_ms); }

double Generation::decode_tokens_per_s() const {
  return per_second(steps_ms.size(), std::accumulate(steps_ms.begin(), steps_ms.end(), 0.0));
}

Result<Generation> generate(LanguageModel& model, std::span<const TokenId> prompt, const GenerationRequest& request) {
  Generation result;
  result.prompt_tokens = prompt.size();
  PTETOOL_CHECK(check_sampling(request.sampling));
  if (!request.stop.empty() && !request.tokenizer) {
    return fail(ErrorCode::Usage, "texts that end the answer need a tokenizer");
  }
  PTETOOL_ASSIGN(const std::size_t budget, budget_of(model, prompt.size(), request));
  // The last token is always fed: its logits are wanted.
  const std::size_t known = std::min(common_prefix(model.tokens(), prompt), prompt.empty() ? 0 : prompt.size() - 1);
  PTETOOL_CHECK(model.rewind(known));
  result.fed_tokens = prompt.size() - known;
  Sampler sampler(request.sampling);
  TextStream text(request);
  const auto show = [&](std::optional<TokenId> token, const std::string& piece) {
    result.text += piece;
    return !request.show || request.show({token, piece});
  };
  auto fed = prompt.subspan(known);
  auto start = Clock::now();
  PTETOOL_ASSIGN(auto logits, model.feed(fed));
  result.prefill_ms = milliseconds_since(start);
  double spent = result.prefill_ms;
  while (result.tokens.size() < budget) {
    if (request.observe) PTETOOL_CHECK(request.observe(fed, logits));
    start = Clock::now();
    // What was fed is all that was there before this token.
    const TokenId token = sampler.choose(logits, model.tokens());
    spent += milliseconds_since(start);
    if (result.tokens.empty()) {
      result.first_token_ms = spent;
    } else {
      result.steps_ms.push_back(spent);
    }
    result.tokens.push_back(token);
    if (request.log_probabilities) result.log_probabilities.push_back(log_probability(logits, token));
    const bool ends = std::ranges::find(request.eos, token) != request.eos.end();
    std::string piece;
    if (!ends) {
      PTETOOL_ASSIGN(piece, text.push(token));
    }
    if (!show(token, piece)) result.end = GenerationEnd::Interrupted;
    if (text.stopped()) result.end = GenerationEnd::Stop;
    if (ends) result.end = GenerationEnd::Eos;
    if (result.end != GenerationEnd::Length || result.tokens.size() == budget) break;
    fed = std::span(result.tokens).last(1);
    start = Clock::now();
    PTETOOL_ASSIGN(logits, model.feed(fed));
    spent = milliseconds_since(start);
  }
  PTETOOL_ASSIGN(const std::string rest, text.finish());
  if (!rest.empty()) show(std::nullopt, rest);
  if (text.stopped() && result.end == GenerationEnd::Length) result.end = GenerationEnd::Stop;
  if (result.end == GenerationEnd::Length && budget != request.max_new_tokens) result.end = GenerationEnd::Context;
  return result;
}

}  // namespace ptetool::llm
