// ptetool run: loads a method, executes it, shows what came out.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "commands.h"
#include "console.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/checks.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

namespace ptetool::cli {

namespace {

constexpr std::uint64_t kMostRepetitions = 1'000'000;

using Backend = std::unique_ptr<DelegateBackend>;

// Both `auto` and `xnnpack` give delegates to XNNPACK, and of what is not delegated what is faster there, or all that
// it takes; the portable kernels do the rest.
Result<Backend> choose_backend(std::string_view name, std::shared_ptr<const ThreadPool> threads,
                               std::shared_ptr<WeightStore> weights, bool measure) {
  if (name == "portable") return make_reference_backend(std::move(threads));
  const auto operators = name == "xnnpack" ? UndelegatedOperators::All : UndelegatedOperators::WhereFaster;
  return make_xnnpack_backend(std::move(threads), {std::move(weights), measure, operators});
}

// A number of 0 or more; nullopt where the option is not given.
Result<std::optional<double>> read_number(const Options& options, std::string_view name) {
  const auto text = options.given(name);
  if (!text) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text->c_str(), &end);
  if (text->empty() || *end != 0 || !(value >= 0)) {
    return fail(ErrorCode::Usage, "--" + std::string(name) + " takes a number of 0 or more, not " + quoted(*text));
  }
  return value;
}

// --rtol and --atol; without both, the tolerance follows from the dtype.
Result<std::optional<Tolerance>> read_tolerance(const Options& options) {
  PTETOOL_ASSIGN(const auto rtol, read_number(options, "rtol"));
  PTETOOL_ASSIGN(const auto atol, read_number(options, "atol"));
  if (!rtol && !atol) return std::nullopt;
  return Tolerance{rtol.value_or(0), atol.value_or(0)};
}

Result<RunRequest> read_request(const Options& options) {
  RunRequest request;
  request.load.method = options.text("method");
  if (const auto wanted = options.yes_no("checksums")) {
    request.load.checksums = *wanted ? verify::Checksums::On : verify::Checksums::Off;
  }
  if (const auto limit = options.number("max-memory")) {
    request.load.max_memory = *limit;
    request.max_generated_bytes = *limit;
  }
  request.shapes = options.list("shape");
  request.seed = options.number("seed").value_or(0);
  request.warmup = static_cast<unsigned>(std::min(options.number("warmup").value_or(0), kMostRepetitions));
  request.iterations = static_cast<unsigned>(std::min(options.number("iterations").value_or(1), kMostRepetitions));
  PTETOOL_ASSIGN(const auto seconds, read_number(options, "duration"));
  request.duration_ms = seconds.value_or(0) * 1000;
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

Result<std::shared_ptr<const Model>> open_model(const ModelArgument& argument, Artifact& artifact) {
  PTETOOL_ASSIGN(artifact, open_program(argument.model));
  std::vector<std::shared_ptr<const ptd::DataFile>> data;
  for (const std::string& path : argument.data) {
    PTETOOL_ASSIGN(auto file, open_data_file(path));
    data.push_back(std::move(file));
  }
  return std::make_shared<const Model>(link(artifact.program(), std::move(data)));
}

std::uint64_t size_of(const Model& model) {
  std::uint64_t size = model.program->file->size();
  for (const auto& data : model.data) size += data->file->size();
  return size;
}

// What all models of the line share.
class Runner {
 public:
  Runner(const Options& options, Console& console) : options_(options), console_(console) {}

  Result<int> run_all(report::Section& root) {
    PTETOOL_ASSIGN(request_, read_request(options_));
    PTETOOL_ASSIGN(tolerance_, read_tolerance(options_));
    PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options_.arguments(), options_.list("data")));
    for (const char* name : {"output", "profile-out"}) {
      if (options_.given(name) && arguments.size() > 1) {
        return fail(ErrorCode::Usage, "--" + std::string(name) + " is for one model; several are on the line");
      }
    }
    if (const auto path = options_.given("labels")) {
      PTETOOL_ASSIGN(labels_, read_labels(*path));
    }
    const auto cores = std::max(1u, std::thread::hardware_concurrency());
    threads_ = static_cast<unsigned>(std::min<std::uint64_t>(options_.number("threads").value_or(cores), 1024));
    request_.load.threads = std::make_shared<const ThreadPool>(threads_);
    PTETOOL_CHECK(open_packed_cache());
    PTETOOL_ASSIGN(backend_,
                   choose_backend(options_.text("backend"), request_.load.threads, weights_, request_.profile));
    request_.keep_loaded = arguments.size() > 1;
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
  // Weights that come packed from the cache had the SHA-256 of their keys when they were packed, and others are held to
  // it before they are written there. So the check beforehand, which reads everything, is left to --checksums.
  Result<> open_packed_cache() {
    const auto folder = options_.given("packed-cache");
    if (!folder) return {};
    PackedCacheOptions wanted{*folder};
    wanted.max_bytes = options_.number("packed-cache-size").value_or(wanted.max_bytes);
    wanted.checksums = options_.yes_no("checksums").value_or(true);
    PTETOOL_ASSIGN(cache_, PackedCache::open(std::move(wanted)));
    weights_ = std::make_shared<WeightStore>(cache_);
    if (!options_.yes_no("checksums")) request_.load.checksums = verify::Checksums::Off;
    return {};
  }

  Result<int> run_model(const ModelArgument& argument, const std::string& folder, report::Section& root) {
    const auto start = std::chrono::steady_clock::now();
    Artifact artifact;
    PTETOOL_ASSIGN(const auto model, open_model(argument, artifact));
    const double open_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    RunRequest request = request_;
    if (!options_.number("max-memory")) request.max_generated_bytes += size_of(*model);
    const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content);
    if (bundle && options_.list("input").empty() && options_.list("call").empty() && request.shapes.empty()) {
      if (!asks_for_one_run()) return run_cases(**bundle, model, request, root);
      PTETOOL_ASSIGN(auto first, first_bundled_inputs(**bundle, request.load.method));
      if (first) {
        request.load.method = first->method;
        request.values = std::move(first->values);
      }
    }
    PTETOOL_ASSIGN(RunResult result, run_with(model, request, *backend_));
    result.timing.open_ms = open_ms;
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
        run_section(result, *model, {options_.text("backend"), threads_, options_.on("memory"), labels_});
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
    show_cache_notes();
    return result;
  }

  void show_cache_notes() {
    if (!cache_) return;
    for (const Error& note : cache_->take_notes()) console_.warning(note);
  }

  Result<int> run_cases(const Bundle& bundle, const std::shared_ptr<const Model>& model, RunRequest& request,
                        report::Section& root) {
    ProgressBar bar(console_.progress(), "test cases", false);
    request.measure_memory = false;
    request.profile = false;
    DelegateBackend* backends[] = {backend_.get()};
    BundleRun result = run_bundle(bundle, model, request, backends, tolerance_,
                                  [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
    show_cache_notes();
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
    const bool other_backend = against == "portable" || against == "xnnpack";
    std::vector<ModelArgument> models = {argument};
    if (!other_backend) {
      const std::string texts[] = {against};
      PTETOOL_ASSIGN(models, parse_model_arguments(texts, options_.list("data")));
    }
    Artifact artifact;
    PTETOOL_ASSIGN(const auto model, open_model(models.front(), artifact));
    PTETOOL_ASSIGN(const Backend backend, choose_backend(other_backend ? against : options_.text("backend"),
                                                         request.load.threads, weights_, false));
    return run_with(model, request, *backend);
  }

  const Options& options_;
  Console& console_;
  RunRequest request_;
  std::optional<Tolerance> tolerance_;
  std::vector<std::string> labels_;
  unsigned threads_ = 1;
  std::shared_ptr<PackedCache> cache_;  // null: packed weights are kept in memory
  std::shared_ptr<WeightStore> weights_ = std::make_shared<WeightStore>();
  Backend backend_;
  std::vector<TogetherModel> together_;
  std::vector<std::shared_ptr<const Method>> kept_;  // so that the models of the line share weights
};

}  // namespace

int run_command(const Options& options, Console& console) {
  report::Report report{"ptetool/run/1", {}};
  const auto status = Runner(options, console).run_all(report.root);
  if (!status) {
    console.error(status.error());
    return kExitTrouble;
  }
  console.print(report);
  return *status;
}

}  // namespace ptetool::cli
