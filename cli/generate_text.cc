// One model of the line after the other, each beside its opponent where --against names one: an answer or a perplexity,
// what it took, and whether the two agree.
#include "generate_text.h"

#include <algorithm>
#include <utility>

#include "conversation.h"
#include "interrupt.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/llm/report.h"
#include "speakers.h"

namespace ptetool::cli {

namespace {

// What --against names, loaded.
struct Opponent {
  std::string name;
  std::unique_ptr<DelegateBackend> backend;  // outlives the speaker
  Speaker speaker;
  llm::LogitComparison comparison;
};

class Talk {
 public:
  explicit Talk(const Speakers& speakers)
      : speakers_(speakers), options_(speakers.options()), console_(speakers.console()) {}

  Result<int> run(report::Section& root) {
    PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options_.arguments(), options_.list("data")));
    if (options_.given("profile-out") && arguments.size() > 1) {
      return fail(ErrorCode::Usage, "--profile-out is for one model; several are on the line");
    }
    several_ = arguments.size() > 1;
    for (const ModelArgument& argument : arguments) {
      PTETOOL_ASSIGN(Speaker speaker, speakers_.load(argument, speakers_.backend()));
      loaded_.push_back(std::move(speaker));
      PTETOOL_ASSIGN(const std::unique_ptr<Opponent> opponent, find_opponent(argument));
      PTETOOL_CHECK(run_one(loaded_.back(), opponent.get(), root));
      if (interrupted_) break;
    }
    if (together_.size() > 1) root.tables.push_back(together_table(together_));
    if (interrupted_) return kExitInterrupted;
    return agree_ ? kExitFine : kExitNo;
  }

 private:
  Result<std::unique_ptr<Opponent>> find_opponent(const ModelArgument& argument) const {
    const auto against = options_.given("against");
    if (!against) return std::unique_ptr<Opponent>();
    auto opponent = std::make_unique<Opponent>();
    opponent->name = *against;
    opponent->comparison.rtol = options_.real("rtol").value_or(0);
    opponent->comparison.atol = options_.real("atol").value_or(0);
    std::vector<ModelArgument> other = {argument};
    if (!is_backend(*against)) {
      const std::string texts[] = {*against};
      PTETOOL_ASSIGN(other, parse_model_arguments(texts, options_.list("data")));
    }
    PTETOOL_ASSIGN(opponent->backend,
                   speakers_.engine().backend(is_backend(*against) ? *against : options_.text("backend"), false));
    PTETOOL_ASSIGN(opponent->speaker, speakers_.load(other.front(), *opponent->backend));
    return opponent;
  }

  Result<> run_one(Speaker& speaker, Opponent* opponent, report::Section& root) {
    std::optional<Profile> profile;
    if (speakers_.profiled()) speaker.model->record(&profile.emplace());
    RunTiming timing;
    std::vector<report::Section> parts;
    if (const auto file = options_.given("perplexity")) {
      PTETOOL_CHECK(score(speaker, opponent, *file, timing, parts));
    } else {
      PTETOOL_CHECK(answer(speaker, opponent, timing, parts));
    }
    speaker.model->record(nullptr);
    if (opponent) {
      const llm::LogitComparison& comparison = opponent->comparison;
      parts.push_back(llm::comparison_section(comparison, opponent->name));
      // Without tolerances the first choices count.
      const bool tolerances = options_.given("rtol") || options_.given("atol");
      agree_ = agree_ && (tolerances ? comparison.beyond == 0 : comparison.agree == comparison.rows);
    }
    RunResult result = speakers_.run_result(speaker, timing);
    result.profile = std::move(profile);
    report::Section section = speakers_.section_of(speaker, result);
    section.sections.insert(section.sections.begin(), std::make_move_iterator(parts.begin()),
                            std::make_move_iterator(parts.end()));
    root.sections.push_back(std::move(section));
    together_.push_back({speaker.name, result.timing, result.before, result.after, speaker.packed()});
    if (const auto path = options_.given("profile-out")) PTETOOL_CHECK(write_profile(*result.profile, *path));
    return {};
  }

  Result<> answer(Speaker& speaker, Opponent* opponent, RunTiming& timing, std::vector<report::Section>& parts) {
    llm::GenerationRequest request = speakers_.request_for(speaker);
    PTETOOL_ASSIGN(const auto prompt, speakers_.prompt_for(speaker));
    if (several_) show(escaped(speaker.name) + ":\n");
    const Interrupt interrupt;
    bool first = true;
    request.show = [&](const llm::GeneratedPiece& piece) {
      show(speakers_.shown(piece, std::exchange(first, false)));
      return !interrupt.raised();
    };
    if (opponent) {
      request.observe = [&](std::span<const llm::TokenId> fed, std::span<const float> logits) -> Result<> {
        PTETOOL_ASSIGN(const auto theirs, opponent->speaker.model->feed(fed));
        return opponent->comparison.add(logits, theirs);
      };
    }
    const auto generated = llm::generate(*speaker.model, prompt, request);
    if (!first) show("\n");
    if (!generated) return Failure(generated.error());
    interrupted_ = generated->end == llm::GenerationEnd::Interrupted;
    if (!console_.quiet()) show("\n");
    timing.first_ms = generated->first_token_ms;
    timing.iterations_ms = generated->steps_ms;
    parts.push_back(llm::generation_section(*generated));
    return {};
  }

  Result<> score(Speaker& speaker, Opponent* opponent, const std::string& file, RunTiming& timing,
                 std::vector<report::Section>& parts) {
    PTETOOL_ASSIGN(const std::string text, read_text(file));
    PTETOOL_ASSIGN(const auto ids, speakers_.encode(text));
    ProgressBar bar(console_.progress(), "tokens", false);
    const auto progress = [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); };
    PTETOOL_ASSIGN(const llm::Perplexity perplexity, llm::perplexity(*speaker.model, ids, progress));
    timing.first_ms = perplexity.milliseconds;
    parts.push_back(llm::perplexity_section(perplexity));
    if (!opponent) return {};
    return llm::compare_logits(*speaker.model, *opponent->speaker.model, ids, opponent->comparison, progress);
  }

  // Answers are shown as they are made; JSON has them at the end.
  void show(std::string_view text) {
    if (!console_.json()) console_.stream(text);
  }

  const Speakers& speakers_;
  const Options& options_;
  Console& console_;
  bool several_ = false, agree_ = true, interrupted_ = false;
  std::vector<Speaker> loaded_;  // all stay loaded, and share weights
  std::vector<TogetherModel> together_;
};

}  // namespace

bool asks_for_text(const Options& options) {
  return std::ranges::any_of(prompt_options(), [&](const char* name) { return options.given(name).has_value(); });
}

Result<> check_kind_of_run(const Options& options) {
  constexpr const char* kOfText[] = {"tokenizer",   "chat",  "system", "stop",  "max-new-tokens",    "ignore-eos",
                                     "temperature", "top-k", "top-p",  "min-p", "repetition-penalty"};
  constexpr const char* kOfOthers[] = {"input",  "call",   "shape",    "output-dir", "output",
                                       "labels", "expect", "duration", "warmup",     "iterations"};
  const auto given = [&](std::span<const char* const> names) {
    const auto found = std::ranges::find_if(names, [&](const char* name) { return options.given(name).has_value(); });
    return found == names.end() ? std::string() : "--" + std::string(*found);
  };
  if (const std::string name = given(kOfText); !name.empty() && !asks_for_text(options)) {
    return fail(ErrorCode::Usage, name +
                                      " is for language models, which are given --prompt, --prompt-ids, "
                                      "--prompt-tokens, --perplexity or --interactive");
  }
  if (const std::string name = given(kOfOthers); !name.empty() && asks_for_text(options)) {
    return fail(ErrorCode::Usage, name + " and " + given(prompt_options()) + " exclude each other");
  }
  return {};
}

Result<int> run_language_models(const Options& options, Console& console, const Engine& engine, report::Section& root) {
  PTETOOL_ASSIGN(const Speakers speakers, Speakers::make(options, console, engine));
  if (options.on("interactive")) return converse(speakers);
  return Talk(speakers).run(root);
}

}  // namespace ptetool::cli
