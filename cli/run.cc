// ptetool run: loads a method, executes it, shows what came out.
#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include "commands.h"
#include "console.h"
#include "judge.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"
#include "run_bundle.h"

namespace ptetool::cli {

namespace {

// Both `auto` and `xnnpack` give delegates to XNNPACK; what is not delegated is computed by the portable kernels.
Result<std::unique_ptr<DelegateBackend>> choose_backend(const std::string& name,
                                                        std::shared_ptr<const ThreadPool> threads) {
  if (name == "portable") return make_reference_backend(std::move(threads));
  return make_xnnpack_backend(std::move(threads));
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
  request.warmup = static_cast<unsigned>(std::min<std::uint64_t>(options.number("warmup").value_or(0), 1'000'000));
  request.iterations =
      static_cast<unsigned>(std::min<std::uint64_t>(options.number("iterations").value_or(1), 1'000'000));
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

// --rtol and --atol; without both, the tolerance follows from the dtype.
Result<std::optional<Tolerance>> read_tolerance(const Options& options) {
  Tolerance tolerance;
  bool given = false;
  for (const auto& [name, value] : {std::pair("rtol", &tolerance.rtol), std::pair("atol", &tolerance.atol)}) {
    const auto text = options.given(name);
    if (!text) continue;
    given = true;
    char* end = nullptr;
    *value = std::strtod(text->c_str(), &end);
    if (text->empty() || *end != 0 || !(*value >= 0)) {
      return fail(ErrorCode::Usage, "--" + std::string(name) + " takes a number of 0 or more, not " + quoted(*text));
    }
  }
  return given ? std::optional(tolerance) : std::nullopt;
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

}  // namespace

int run_command(const Options& options, Console& console) {
  const auto request = read_request(options);
  const auto arguments = parse_model_arguments(options.arguments(), options.list("data"));
  const auto tolerance = read_tolerance(options);
  if (!request || !arguments || !tolerance) {
    console.error(!request ? request.error() : !arguments ? arguments.error() : tolerance.error());
    return kExitTrouble;
  }
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const auto threads = static_cast<unsigned>(std::min<std::uint64_t>(options.number("threads").value_or(cores), 1024));
  const std::string backend_name = options.text("backend");
  const auto pool = std::make_shared<const ThreadPool>(threads);
  auto backend = choose_backend(backend_name, pool);
  if (!backend) {
    console.error(backend.error());
    return kExitTrouble;
  }
  DelegateBackend* backends[] = {backend->get()};

  report::Report report{"ptetool/run/1", {}};
  int status = kExitFine;
  for (std::size_t m = 0; m < arguments->size(); ++m) {
    Artifact artifact;
    const auto model = open_model((*arguments)[m], artifact);
    if (!model) {
      console.error(model.error());
      return kExitTrouble;
    }
    RunRequest own = *request;
    own.load.threads = pool;
    ProgressBar bar(console.progress(), "checksums");
    own.load.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.update(done, total); };
    own.max_generated_bytes += options.number("max-memory") ? 0 : size_of(**model);
    const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content);
    if (bundle && options.list("input").empty() && options.list("call").empty()) {
      status = std::max(status, run_bundle(**bundle, *model, own, backends, report.root, console));
      continue;
    }
    const auto result = run(*model, own, backends);
    if (!result) {
      console.error(result.error());
      return kExitTrouble;
    }
    report::Section section = run_section(*result, **model, backend_name, threads);
    if (const auto expected = options.list("expect"); !expected.empty()) {
      auto checks = check_outputs(result->calls.back().outputs, expected, *tolerance);
      if (!checks) {
        console.error(checks.error());
        return kExitTrouble;
      }
      if (!checks->agree) status = kExitNo;
      section.tables.push_back(std::move(checks->table));
    }
    report.root.sections.push_back(std::move(section));
    const auto directory = options.given("output-dir");
    if (!directory) continue;
    // Several models write into folders of their own, numbered as on the line.
    const std::string folder = arguments->size() == 1 ? *directory : *directory + "/" + std::to_string(m);
    if (const auto written = write_outputs(*result, folder); !written) {
      console.error(written.error());
      return kExitTrouble;
    }
  }
  console.print(report);
  return status;
}

}  // namespace ptetool::cli
