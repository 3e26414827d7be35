// ptetool run: loads a method, executes it, shows what came out.
#include <algorithm>
#include <utility>

#include "commands.h"
#include "console.h"
#include "engine.h"
#include "generate_text.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/checks.h"
#include "ptetool/runtime/session.h"

namespace ptetool::cli {

namespace {

constexpr std::uint64_t kMostRepetitions = 1'000'000;

// --rtol and --atol; without both, the tolerance follows from the dtype.
std::optional<Tolerance> read_tolerance(const Options& options) {
  const auto rtol = options.real("rtol");
  const auto atol = options.real("atol");
  if (!rtol && !atol) return std::nullopt;
  return Tolerance{rtol.value_or(0), atol.value_or(0)};
}

Result<RunRequest> read_request(const Options& options) {
  RunRequest request;
  if (const auto limit = options.number("max-memory")) request.max_generated_bytes = *limit;
  request.shapes = options.list("shape");
  request.seed = options.number("seed").value_or(0);
  request.warmup = static_cast<unsigned>(std::min(options.number("warmup").value_or(0), kMostRepetitions));
  request.iterations = static_cast<unsigned>(std::min(options.number("iterations").value_or(1), kMostRepetitions));
  request.duration_ms = options.real("duration").value_or(0) * 1000;
  request.profile = options.on("profile") || options.given("profile-out");
  request.measure_memory = true;
  const auto calls = options.list("call");
  const auto inputs = options.list("input");
  if (!calls.empty() && !inputs.empty()) {
    return fail(ErrorCode::Usage, "--input and --call exclude each other; put all inputs into --call");
  }
  request.calls.clear();
  for (const std::string& call : calls) request.calls.push_back(split_call(call));
  if (calls.empty()) request.calls.push_back(inputs);
  return request;
}

class Runner {
 public:
  Runner(const Options& options, Console& console, Engine engine)
      : options_(options), console_(console), engine_(std::move(engine)) {}

  Result<int> run_all(report::Section& root) {
    PTETOOL_ASSIGN(request_, read_request(options_));
    request_.load = engine_.load();
    tolerance_ = read_tolerance(options_);
    PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options_.arguments(), options_.list("data")));
    for (const char* name : {"output", "profile-out"}) {
      if (options_.given(name) && arguments.size() > 1) {
        return fail(ErrorCode::Usage, "--" + std::string(name) + " is for one model; several are on the line");
      }
    }
    if (const auto path = options_.given("labels")) {
      PTETOOL_ASSIGN(labels_, read_labels(*path));
    }
    PTETOOL_ASSIGN(backend_, engine_.backend(options_.text("backend"), request_.profile));
    request_.keep_loaded = arguments.size() > 1;
    if (arguments.size() > 1) request_.load.scratch = make_scratch_arenas();
    int status = kExitFine;
    for (std::size_t m = 0; m < arguments.size(); ++m) {
      // Several models write into folders of their own, numbered as on the line.
      const std::string folder = arguments.size() == 1 ? "" : "/" + std::to_string(m);
      PTETOOL_ASSIGN(const int own, run_model(arguments[m], folder, root));
      status = std::max(status, own);
    }
    if (together_.size() > 1) root.tables.push_back(together_table(together_));
    return status;
  }

 private:
  Result<int> run_model(const ModelArgument& argument, const std::string& folder, report::Section& root) {
    PTETOOL_ASSIGN(const OpenModel opened, open_model(argument));
    const std::shared_ptr<const Model>& model = opened.model;
    RunRequest request = request_;
    if (!options_.number("max-memory")) request.max_generated_bytes += opened.file_bytes();
    const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&opened.artifact.content);
    if (bundle && options_.list("input").empty() && options_.list("call").empty() && request.shapes.empty()) {
      if (!asks_for_one_run()) return run_cases(**bundle, model, request, root);
      PTETOOL_ASSIGN(auto first, first_bundled_inputs(**bundle, request.load.method));
      if (first) {
        request.load.method = first->method;
        request.values = std::move(first->values);
      }
    }
    PTETOOL_ASSIGN(RunResult result, run_with(model, request, *backend_));
    result.timing.open_ms = opened.open_ms;
    if (request.values) {
      for (RunInput& input : result.calls.front().inputs) input.source = "its first test case";
    }
    for (const Method::Fallback& each : result.fallbacks) {
      console_.note(fallback_text(each));
    }
    if (result.kept) {
      kept_.push_back(result.kept);
      together_.push_back(
          {model->program->file->name(), result.timing, result.before, result.after, kept_.back()->packed()});
    }
    report::Section section =
        run_section(result, *model, {options_.text("backend"), engine_.threads(), options_.on("memory"), labels_});
    if (!labels_.empty() && top_table(result.calls.back(), labels_).rows.empty()) {
      console_.warning("no output has " + std::to_string(labels_.size()) + " values, as many as there are labels");
    }
    PTETOOL_ASSIGN(const bool agree, check(result, argument, section));
    root.sections.push_back(std::move(section));
    if (const auto directory = options_.given("output-dir")) PTETOOL_CHECK(write_outputs(result, *directory + folder));
    if (const auto path = options_.given("output")) PTETOOL_CHECK(write_output_archive(result, *path));
    if (const auto path = options_.given("profile-out")) PTETOOL_CHECK(write_profile(*result.profile, *path));
    return agree ? kExitFine : kExitNo;
  }

  // Options that say what to do with the outputs or times of one run: a bundle's first case is run for them.
  bool asks_for_one_run() const {
    constexpr const char* kNames[] = {"output", "output-dir", "labels", "expect", "against", "duration", "profile-out"};
    return std::ranges::any_of(kNames, [&](const char* name) { return options_.given(name).has_value(); }) ||
           options_.on("profile") || options_.on("memory") || request_.iterations > 1 || request_.warmup > 0;
  }

  Result<RunResult> run_with(const std::shared_ptr<const Model>& model, RunRequest& request, DelegateBackend& backend) {
    ProgressBar checksums(console_.progress(), "checksums");
    request.load.progress = [&](std::uint64_t done, std::uint64_t total) { checksums.update(done, total); };
    ProgressBar executions(console_.progress(), "executions", false);
    request.progress = [&](std::uint64_t done, std::uint64_t total) { executions.update(done, total); };
    DelegateBackend* backends[] = {&backend};
    auto result = run(model, request, backends);
    engine_.show_notes(console_);
    return result;
  }

  Result<int> run_cases(const Bundle& bundle, const std::shared_ptr<const Model>& model, RunRequest& request,
                        report::Section& root) {
    ProgressBar bar(console_.progress(), "test cases", false);
    request.measure_memory = false;
    request.profile = false;
    DelegateBackend* backends[] = {backend_.get()};
    BundleRun result = run_bundle(bundle, model, request, backends, tolerance_,
                                  [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
    engine_.show_notes(console_);
    for (const Error& failure : result.failures) console_.error(failure);
    for (const std::string& each : result.fallbacks) console_.note(each);
    root.sections.push_back(std::move(result.section));
    return !result.failures.empty() ? kExitTrouble : result.agree ? kExitFine : kExitNo;
  }

  // --expect and --against: a table of checks. True where all agree.
  Result<bool> check(const RunResult& result, const ModelArgument& argument, report::Section& section) {
    const auto& outputs = result.calls.back().outputs;
    PTETOOL_ASSIGN(std::vector<Expected> expected, read_expected(options_.list("expect"), outputs));
    if (const auto against = options_.given("against")) {
      PTETOOL_ASSIGN(const RunResult other, run_against(*against, argument, result));
      PTETOOL_ASSIGN(auto more, expect_outputs_of(other.calls.back(), *against, outputs));
      expected.insert(expected.end(), more.begin(), more.end());
    }
    if (expected.empty()) return true;
    Checks checks = check_outputs(outputs, expected, tolerance_);
    section.tables.push_back(std::move(checks.table));
    section.tables.push_back(std::move(checks.tolerances));
    return checks.agree;
  }

  // The same calls with the same inputs, once, elsewhere.
  Result<RunResult> run_against(const std::string& against, const ModelArgument& argument, const RunResult& result) {
    RunRequest request = request_;
    request.repeat = &result.calls;
    request.warmup = 0;
    request.iterations = 1;
    request.duration_ms = 0;
    request.profile = false;
    request.keep_loaded = false;
    const bool other_backend = is_backend(against);
    std::vector<ModelArgument> models = {argument};
    if (!other_backend) {
      const std::string texts[] = {against};
      PTETOOL_ASSIGN(models, parse_model_arguments(texts, options_.list("data")));
    }
    PTETOOL_ASSIGN(const OpenModel opened, open_model(models.front()));
    PTETOOL_ASSIGN(const auto backend, engine_.backend(other_backend ? against : options_.text("backend"), false));
    return run_with(opened.model, request, *backend);
  }

  const Options& options_;
  Console& console_;
  const Engine engine_;
  RunRequest request_;
  std::optional<Tolerance> tolerance_;
  std::vector<std::string> labels_;
  std::unique_ptr<DelegateBackend> backend_;
  std::vector<TogetherModel> together_;
  std::vector<std::shared_ptr<const Method>> kept_;  // so that the models of the line share weights
};

Result<int> run_models(const Options& options, Console& console, report::Section& root) {
  PTETOOL_CHECK(check_kind_of_run(options));
  PTETOOL_ASSIGN(Engine engine, Engine::make(options));
  if (asks_for_text(options)) return run_language_models(options, console, engine, root);
  return Runner(options, console, std::move(engine)).run_all(root);
}

}  // namespace

int run_command(const Options& options, Console& console) {
  report::Report report{"ptetool/run/1", {}};
  const auto status = run_models(options, console, report.root);
  if (!status) {
    console.error(status.error());
    return kExitTrouble;
  }
  // With --quiet only the answers of language models are of interest, and those are there already.
  if (!asks_for_text(options) || console.json() || !console.quiet()) console.print(report);
  return *status;
}

}  // namespace ptetool::cli
