#include "generate_text.h"

#include <algorithm>
#include <utility>

#include "models.h"
#include "ptetool/base/text.h"
#include "ptetool/llm/report.h"
#include "speakers.h"

namespace ptetool::cli {

namespace {

class Talk {
 public:
  explicit Talk(const Speakers& speakers)
      : speakers_(speakers), options_(speakers.options()), console_(speakers.console()) {}

  Result<int> run(report::Section& root) {
    PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options_.arguments(), options_.list("data")));
    if (options_.given("profile-out") && arguments.size() > 1) {
      return fail(ErrorCode::Usage, "--profile-out is for one model; several are on the line");
    }
    for (const ModelArgument& argument : arguments) {
      PTETOOL_ASSIGN(Speaker speaker, speakers_.load(argument, speakers_.backend()));
      loaded_.push_back(std::move(speaker));
      PTETOOL_CHECK(answer(loaded_.back(), arguments.size() > 1, root));
    }
    if (together_.size() > 1) root.tables.push_back(together_table(together_));
    return kExitFine;
  }

 private:
  Result<> answer(Speaker& speaker, bool several, report::Section& root) {
    llm::GenerationRequest request = speakers_.request_for(speaker);
    PTETOOL_ASSIGN(const auto prompt, speakers_.prompt_for(speaker));
    std::optional<Profile> profile;
    if (speakers_.profiled()) speaker.model->record(&profile.emplace());
    if (several) show(escaped(speaker.name) + ":\n");
    bool first = true;
    request.show = [&](const llm::GeneratedPiece& piece) {
      if (piece.token) show((std::exchange(first, false) ? "" : ",") + std::to_string(*piece.token));
      return true;
    };
    const auto generated = llm::generate(*speaker.model, prompt, request);
    if (!first) show("\n");
    speaker.model->record(nullptr);
    if (!generated) return Failure(generated.error());
    if (!console_.quiet()) show("\n");
    RunResult result =
        speakers_.run_result(speaker, {.first_ms = generated->first_token_ms, .iterations_ms = generated->steps_ms});
    result.profile = std::move(profile);
    report::Section section = speakers_.section_of(speaker, result);
    section.sections.insert(section.sections.begin(), llm::generation_section(*generated));
    root.sections.push_back(std::move(section));
    together_.push_back({speaker.name, result.timing, result.before, result.after, speaker.packed()});
    if (const auto path = options_.given("profile-out")) PTETOOL_CHECK(write_profile(*result.profile, *path));
    return {};
  }

  // Answers are shown as they are made; JSON has them at the end.
  void show(std::string_view text) {
    if (!console_.json()) console_.stream(text);
  }

  const Speakers& speakers_;
  const Options& options_;
  Console& console_;
  std::vector<Speaker> loaded_;  // all stay loaded, and share weights
  std::vector<TogetherModel> together_;
};

}  // namespace

bool asks_for_text(const Options& options) {
  constexpr const char* kWays[] = {"prompt-ids", "prompt-tokens"};
  return std::ranges::any_of(kWays, [&](const char* name) { return options.given(name).has_value(); });
}

Result<int> run_language_models(const Options& options, Console& console, const Engine& engine, report::Section& root) {
  PTETOOL_ASSIGN(const Speakers speakers, Speakers::make(options, console, engine));
  return Talk(speakers).run(root);
}

}  // namespace ptetool::cli
