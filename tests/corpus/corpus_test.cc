// Real files of other people: each is opened, shown in every view as valid JSON, does not differ from itself, is found
// sound together with the data files beside it, and written back as it was; programs that everything is there for run
// on both backends and agree. The folder is named by PTETOOL_CORPUS_DIR; without it there is nothing to do (exit status
// 77).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ptetool/compare/diff.h"
#include "ptetool/compare/tensors.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/layout/inspect.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/verify/verify.h"
#include "ptetool/xnnpack/backend.h"
#include "render/json.h"
#include "render/text.h"

namespace {

using namespace ptetool;
namespace fs = std::filesystem;

class Corpus {
 public:
  Corpus() {
    backends_.push_back(make_reference_backend());
    if (auto xnnpack = make_xnnpack_backend(std::make_shared<const ThreadPool>(2u)))
      backends_.push_back(std::move(*xnnpack));
  }

  void file(const std::string& path) {
    ++files_;
    const auto artifact = open_artifact(path);
    if (!artifact) return wrong(path, "does not open: " + artifact.error().line());
    const auto data = data_beside(path, *artifact);
    show(path, *artifact, data);
    verify_all(path, *artifact, data);
    if (!artifact->program()) return;
    run_methods(path, *artifact, data);
    if (artifact->program()->identifier == "ET12") write_back(path, *artifact->program());
    compare_with_itself(path, *artifact);
    if (artifact->program()) run_methods(path, *artifact, data);
  }

  int finish() const {
    fmt::print("{} files, {} of their methods ran, {} need what is not there yet, {} problems\n", files_, ran_,
               lacking_, problems_);
    return files_ == 0 || problems_ != 0 ? 1 : 0;
  }

 private:
  void wrong(const std::string& path, const std::string& what) {
    ++problems_;
    fmt::print("{}: {}\n", path, what);
  }

  // The files of the same folder that have keys the program misses, as few as needed.
  static std::vector<std::string> data_beside(const std::string& path, const Artifact& artifact) {
    std::vector<std::string> given;
    if (!artifact.program()) return given;
    std::vector<std::shared_ptr<const ptd::DataFile>> files;
    while (true) {
      const Model model = link(artifact.program(), files);
      const auto nearby = nearby_data(model, path);
      if (nearby.empty()) return given;
      // Several may offer the same keys (one data file per adapter): the one named like the program comes first.
      const auto stem = fs::path(path).stem();
      const auto best =
          std::ranges::find_if(nearby, [&](const NearbyData& each) { return fs::path(each.path).stem() == stem; });
      const std::string& chosen = best != nearby.end() ? best->path : nearby.front().path;
      const auto file = open_data_file(chosen);
      if (!file) return given;
      given.push_back(chosen);
      files.push_back(*file);
    }
  }

  void compare_with_itself(const std::string& path, const Artifact& artifact) {
    if (!artifact.program() && !artifact.data_file()) return;
    const auto found = compare::diff({artifact, {}}, {artifact, {}}, {});
    if (!found) return wrong(path, "is not compared: " + found.error().line());
    if (found->differs) wrong(path, "differs from itself");
  }

  void show(const std::string& path, const Artifact& artifact, const std::vector<std::string>& data) {
    layout::InspectInput input{artifact, {}};
    for (const auto& each : data) input.data.push_back(*open_data_file(each));
    layout::InspectOptions options;
    for (int view = 0; view <= static_cast<int>(layout::View::Bytes); ++view) {
      options.views.push_back(static_cast<layout::View>(view));
    }
    const auto inspection = layout::inspect(std::span(&input, 1), options);
    if (!inspection) return wrong(path, "inspect: " + inspection.error().line());
    for (const Error& problem : inspection->problems) wrong(path, "inspect: " + problem.line());
    const auto json = nlohmann::json::parse(cli::render_json(inspection->report), nullptr, false);
    if (json.is_discarded() || json.value("schema", "") != "ptetool/inspect/1") wrong(path, "inspect: no valid JSON");
    if (cli::render_text(inspection->report, {}).empty()) wrong(path, "inspect: no text");
  }

  void verify_all(const std::string& path, const Artifact& artifact, const std::vector<std::string>& data) {
    const std::string paths[] = {path};
    verify::Options options;
    options.checksums = verify::Checksums::On;
    const auto outcome = verify::verify_files(paths, data, options);
    if (!outcome) return wrong(path, "verify: " + outcome.error().line());
    const auto program = artifact.program();
    const bool loadable = !program || program->identifier == "ET12";
    for (const auto& finding : outcome->findings) {
      const bool about_identifier = finding.rule->id.starts_with("HDR");
      if (finding.severity == verify::Severity::Error && (loadable || !about_identifier)) {
        wrong(path, fmt::format("verify: {} {}: {}", finding.rule->id, finding.path, finding.message));
      }
    }
    if (!loadable && outcome->sound()) wrong(path, "verify: takes a program that no release loads");
  }

  void run_methods(const std::string& path, const Artifact& artifact, const std::vector<std::string>& data) {
    std::vector<std::shared_ptr<const ptd::DataFile>> files;
    for (const auto& each : data) files.push_back(*open_data_file(each));
    const auto model = std::make_shared<const Model>(link(artifact.program(), files));
    for (const auto& plan : artifact.program()->execution_plan) {
      std::vector<Result<RunResult>> results;
      for (const auto& backend : backends_) {
        DelegateBackend* one[] = {backend.get()};
        RunRequest request;
        request.load.method = std::string(plan.name);
        request.calls = {harmless_inputs(plan)};
        results.push_back(run(model, request, one));
      }
      if (!results[0] || !results[1]) {
        const Error& error = results[0] ? results[1].error() : results[0].error();
        ++lacking_;
        const bool expected = error.code == ErrorCode::Unsupported || artifact.program()->identifier != "ET12";
        if (!expected) wrong(path, fmt::format("run {}: {}", plan.name, error.line()));
        continue;
      }
      ++ran_;
      compare(path, results[0]->calls[0].outputs, results[1]->calls[0].outputs);
    }
  }

  void write_back(const std::string& path, const pte::Program& program) {
    const auto segments = pte::segment_contents(program);
    if (!segments) return wrong(path, "segments: " + segments.error().line());
    const auto image = pte::make_pte(program, *segments, pte::layout_of(program));
    if (!image) return wrong(path, "write: " + image.error().line());
    const auto again = pte::read_pte(File::from_bytes(path, format::image_bytes(*image)));
    if (!again) return wrong(path, "written back: " + again.error().line());
    const auto difference = pte::first_difference(program, *again);
    if (difference) wrong(path, "written back: differs at " + *difference);
    for (std::size_t i = 0; i < program.segments.size(); ++i) {
      const auto before = program.segment_bytes(i);
      const auto after = again->segment_bytes(i);
      if (!before || !after || !std::ranges::equal(*before, *after)) wrong(path, "written back: another segment");
    }
  }

  // Made-up whole numbers could be positions beyond a cache, or classes that do not exist: 0 is always one.
  static std::vector<std::string> harmless_inputs(const pte::ExecutionPlan& plan) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      const auto* tensor = plan.values[static_cast<std::size_t>(plan.inputs[i])].tensor();
      if (tensor && (tensor->scalar_type == ScalarType::Long || tensor->scalar_type == ScalarType::Int)) {
        texts.push_back(std::to_string(i) + "=zeros");
      }
    }
    return texts;
  }

  void compare(const std::string& path, const std::vector<HostValue>& a, const std::vector<HostValue>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto* x = std::get_if<OwnedTensor>(&a[i]);
      const auto* y = std::get_if<OwnedTensor>(&b[i]);
      if (!x || !y) continue;
      const auto result = compare_tensors(x->tensor, y->tensor, {1e-4, 1e-4});
      if (!result.agree) wrong(path, fmt::format("output {} differs between backends by {}", i, result.max_abs_error));
    }
  }

  std::vector<std::unique_ptr<DelegateBackend>> backends_;
  std::size_t files_ = 0, ran_ = 0, lacking_ = 0, problems_ = 0;
};

}  // namespace

int main() {
  const char* folder = std::getenv("PTETOOL_CORPUS_DIR");
  if (!folder || !*folder) {
    fmt::print("skipped: PTETOOL_CORPUS_DIR names no folder of real files\n");
    return 77;
  }
  Corpus corpus;
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto file = File::open(entry.path().string());
    if (entry.is_regular_file() && file && readable(identify((*file)->bytes()))) paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) corpus.file(path);
  return corpus.finish();
}
