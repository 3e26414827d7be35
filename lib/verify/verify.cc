// Runs the catalogue: finds out what a file is, and gives every rule the subjects that it looks at.
#include "ptetool/verify/verify.h"

#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/catalogue.h"
#include "verify/rule.h"

namespace ptetool::verify {

namespace {

// The rules that run alone: on tables of another schema, and where the others would take too long.
constexpr std::string_view kIdentifier = "HDR003";
constexpr std::string_view kSharedLists = "FBS007";
constexpr std::string_view kSharedGraphLists = "XNN001";

class Run {
 public:
  Run(const Options& options, Scope scope) : state_{options, {}, 0, {}}, scope_(scope) {
    if (options.checksums != Checksums::Off) {
      state_.checksum_budget = options.checksums == Checksums::On ? ~std::uint64_t{0} : options.auto_checksum_bytes;
    }
  }

  // Gives `subject` to every rule for subjects of its kind.
  // `only` names a single rule.
  template <class Check, class Subject>
  void apply(const Subject& subject, const std::string& file, std::uint64_t base, FileSummary* summary,
             std::string_view only = {}) {
    for (const Rule* rule : all_rules()) {
      const auto* check = std::get_if<Check>(&rule->check);
      if (!check || !in_scope(rule->row)) continue;
      if (!only.empty() && rule->row.id != only) continue;
      Context context(state_, rule->row, file, base, summary);
      (*check)(subject, context);
      state_.rules_run.insert(&rule->row);
    }
  }

  void failure(const std::shared_ptr<const File>& file, FileKind kind, Error error) {
    // What the reader says of a program inside a bundle counts from that program's start.
    if (const auto bundle = kind == FileKind::BundledProgram && error.file != file->name()
                                ? bundled::read_bundled(file)
                                : Result<bundled::BundledProgram>(tl::unexpect, Error{})) {
      error.path = error.path.empty() ? "program" : "program." + error.path;
      error.offset = bundle->program_offset + error.offset.value_or(0);
    }
    const ReadFailure subject{*file, kind, error};
    for (const Rule* rule : all_rules()) {
      const auto* check = std::get_if<FailureRule>(&rule->check);
      if (!check) continue;
      state_.rules_run.insert(&rule->row);
      if (!(*check)(subject)) continue;
      state_.findings.add(rule->row, file->name(), error.path, error.offset, error.message);
      return;
    }
  }

  // A program and its set. Data files are subjects of their own, so that they are looked at once per call. `base` is
  // the start of the program in the file: not 0 inside a bundle.
  void program(const Model& model, const std::string& file, std::uint64_t base, FileSummary* summary) {
    if (model.program->identifier != "ET12") {
      return apply<ProgramRule>(*model.program, file, base, summary, kIdentifier);
    }
    if (!plausible_lists(*model.program)) {
      return apply<ProgramRule>(*model.program, file, base, summary, kSharedLists);
    }
    apply<ProgramRule>(*model.program, file, base, summary);
    graphs(model, file, base, summary);
    apply<ModelRule>(model, file, base, summary);
  }

  void set(std::span<const Model> models) {
    if (!models.empty()) apply<SetRule>(models, models.front().program->file->name(), 0, nullptr);
  }

  void data(const ptd::DataFile& data, FileSummary* summary) { apply<DataRule>(data, data.file->name(), 0, summary); }

  void graph(const xnn::Graph& graph, std::string path, const std::string& file, std::uint64_t base,
             FileSummary* summary) {
    apply<GraphRule>(GraphSubject{graph, std::move(path)}, file, base, summary,
                     plausible_lists(graph) ? std::string_view() : kSharedGraphLists);
  }

  RunState& state() { return state_; }

 private:
  // Delegates that share their payload share its findings.
  void graphs(const Model& model, const std::string& file, std::uint64_t base, FileSummary* summary) {
    std::unordered_set<const std::uint8_t*> seen;
    for (const LinkedDelegate& delegate : model.delegates) {
      if (!delegate.graph || !*delegate.graph || !seen.insert(delegate.payload->data()).second) continue;
      graph(**delegate.graph, indexed("execution_plan", delegate.plan) + "." + indexed("delegates", delegate.index),
            file, base + model.program->offset_of(*delegate.payload), summary);
    }
  }

  bool in_scope(const Row& row) const {
    if (scope_ == Scope::All) return true;
    if (!row.guards_execution || scope_ == Scope::Guards) return row.guards_execution;
    return row.id.starts_with("SUM") == (scope_ == Scope::GuardsOfContent);
  }

  RunState state_;
  Scope scope_;
};

// A file of the call, read.
struct Opened {
  std::shared_ptr<const File> file;
  FileKind kind;
  Result<Artifact> artifact;
  bool positional;
};

}  // namespace

Outcome verify_open_files(std::span<const std::shared_ptr<const File>> files,
                          std::span<const std::shared_ptr<const File>> data, const Options& options) {
  std::vector<Opened> opened;
  const auto open_all = [&](std::span<const std::shared_ptr<const File>> list, bool positional) {
    for (const auto& file : list) opened.push_back({file, identify(file->bytes()), read_artifact(file), positional});
  };
  open_all(files, true);
  open_all(data, false);

  std::vector<std::shared_ptr<const ptd::DataFile>> data_files;
  for (const Opened& each : opened) {
    if (!each.artifact) continue;
    if (auto found = each.artifact->data_file()) data_files.push_back(std::move(found));
  }

  Run run(options, Scope::All);
  std::vector<Model> models;
  Outcome outcome;
  outcome.files.reserve(opened.size());
  for (const Opened& each : opened) {
    const std::string& name = each.file->name();
    FileSummary& summary =
        outcome.files.emplace_back(FileSummary{name, each.artifact ? std::string(kind_id(each.kind)) : "unreadable"});
    if (!each.artifact) {
      run.failure(each.file, each.kind, each.artifact.error());
      continue;
    }
    if (const auto found = each.artifact->data_file()) {
      run.data(*found, &summary);
    } else if (!each.positional) {
      Error error;
      error.code = ErrorCode::WrongKind;
      error.message = "is no data file, but: " + std::string(describe(each.kind));
      run.failure(each.file, each.kind, error);
    } else if (const auto program = each.artifact->program()) {
      const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&each.artifact->content);
      run.program(models.emplace_back(link(program, data_files)), name, bundle ? (*bundle)->bundle.program_offset : 0,
                  &summary);
      if (bundle) run.apply<BundleRule>(**bundle, name, 0, &summary);
    } else if (const auto* graph = std::get_if<std::shared_ptr<const xnn::Graph>>(&each.artifact->content)) {
      run.graph(**graph, "", name, 0, &summary);
    } else if (const auto* packed = std::get_if<std::shared_ptr<const packed::PackedFile>>(&each.artifact->content)) {
      run.apply<PackedRule>(**packed, name, 0, &summary);
    } else if (const auto* cache =
                   std::get_if<std::shared_ptr<const weight_cache::WeightCache>>(&each.artifact->content)) {
      run.apply<CacheRule>(**cache, name, 0, &summary);
    }
  }
  run.set(models);
  outcome.findings = run.state().findings.take(options.strict);
  outcome.rules_run = run.state().rules_run.size();
  return outcome;
}

Result<Outcome> verify_files(std::span<const std::string> paths, std::span<const std::string> data,
                             const Options& options) {
  const auto open_all = [](std::span<const std::string> names) -> Result<std::vector<std::shared_ptr<const File>>> {
    std::vector<std::shared_ptr<const File>> files;
    for (const std::string& name : names) {
      PTETOOL_ASSIGN(auto file, File::open(name));
      files.push_back(std::move(file));
    }
    return files;
  };
  PTETOOL_ASSIGN(const auto files, open_all(paths));
  PTETOOL_ASSIGN(const auto data_files, open_all(data));
  return verify_open_files(files, data_files, options);
}

std::vector<Finding> verify_model(const Model& model, const Options& options, Scope scope) {
  Run run(options, scope);
  run.program(model, model.program->file->name(), 0, nullptr);
  for (const auto& data : model.data) run.data(*data, nullptr);
  run.set(std::span(&model, 1));
  return run.state().findings.take(options.strict);
}

}  // namespace ptetool::verify
