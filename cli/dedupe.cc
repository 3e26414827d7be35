// ptetool dedupe: shows what is stored more than once, and with --output-dir writes files that store it once.
#include "ptetool/dedupe/dedupe.h"

#include <algorithm>

#include "commands.h"
#include "console.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/format/file_kind.h"

namespace ptetool::cli {

namespace {

using report::ByteCount;
using report::Report;
using report::Section;

constexpr std::string_view kSchema = "ptetool/dedupe/1";
// Weights that the text shows; -v shows all, and so does JSON.
constexpr std::size_t kShownWeights = 20;

// A positional argument that is a data file serves every program, as with --data.
Result<dedupe::Set> open_arguments(const Options& options) {
  std::vector<std::string> programs;
  std::vector<std::string> data = options.list("data");
  for (const std::string& argument : options.arguments()) {
    PTETOOL_ASSIGN(const ModelArgument model, parse_model_argument(argument));
    if (model.data.empty() && model.model != "-") {  // what is read from standard input is there once
      PTETOOL_ASSIGN(const auto file, File::open(model.model));
      if (identify(file->bytes()) == FileKind::DataFile) {
        data.push_back(model.model);
        continue;
      }
    }
    programs.push_back(argument);
  }
  PTETOOL_ASSIGN(const auto models, parse_model_arguments(programs, data));
  std::vector<dedupe::ModelFiles> files;
  for (const ModelArgument& model : models) files.push_back({model.model, model.data});
  return dedupe::open_set(files, data);
}

report::Table weights_table(const dedupe::Plan& plan, bool all) {
  report::Table table{"weights",
                      "stored more than once",
                      {{"name", "weight"},
                       {"bytes", "size"},
                       {"copies", "copies"},
                       {"copies_after", "after"},
                       {"users", "used by"},
                       {"goes_to", "goes to"}},
                      {},
                      0};
  for (const dedupe::Weight& weight : plan.weights) {
    if (!all && weight.copies <= weight.copies_after) continue;  // nothing to win: too small, or payloads
    if (!all && table.rows.size() == kShownWeights) {
      ++table.left_off;
      continue;
    }
    table.rows.push_back({escaped(weight.name), ByteCount{weight.bytes}, weight.copies, weight.copies_after,
                          weight.users,
                          weight.goes_to.empty() ? report::Cell(report::Absent{}) : report::Cell(weight.goes_to)});
  }
  return table;
}

Report plan_report(const dedupe::Plan& plan, const std::string& directory, bool all) {
  Report report{std::string(kSchema), {}};
  Section& root = report.root;
  const std::uint64_t saved = plan.bytes_before - std::min(plan.bytes_before, plan.bytes_after);
  root.add("wins", "something to win", plan.wins());
  root.add("changes", "", plan.changes());
  root.add("bytes_before", "stored now", ByteCount{plan.bytes_before});
  root.add("bytes_after", directory.empty() ? "stored afterwards" : "stored", ByteCount{plan.bytes_after});
  root.add("bytes_saved", "saved", ByteCount{saved});
  root.add("names_changed", "names changed", plan.names_changed);
  root.add("written_to", "written to", directory.empty() ? report::Cell(report::Absent{}) : report::Cell(directory));
  root.tables.push_back(weights_table(plan, all));
  report::Table files{"files",
                      "files",
                      {{"file", "file"}, {"bytes", "size"}, {"data", "needs"}, {"from", "from"}, {"unchanged", "copy"}},
                      {},
                      0};
  for (const dedupe::Output& output : plan.outputs) {
    const auto program = std::ranges::find(plan.programs, output.name, &dedupe::ProgramOutput::name);
    files.rows.push_back({output.name, ByteCount{output.bytes},
                          program == plan.programs.end() ? std::vector<std::string>() : program->data,
                          output.from.empty() ? report::Cell(report::Absent{}) : report::Cell(output.from.front()),
                          output.unchanged});
  }
  root.tables.push_back(std::move(files));
  return report;
}

}  // namespace

int dedupe_command(const Options& options, Console& console) {
  const auto trouble = [&](const Error& error) {
    console.error(error);
    return kExitTrouble;
  };
  const auto set = open_arguments(options);
  if (!set) return trouble(set.error());
  const ThreadPool threads(static_cast<unsigned>(options.number("threads").value_or(0)));
  dedupe::Options wanted;
  wanted.data_name = options.text("data-name");
  wanted.min_size = options.number("min-size").value_or(dedupe::kMinSize);
  wanted.keys = options.text("key") == "keep" ? dedupe::Keys::Keep : dedupe::Keys::Content;
  wanted.group = options.on("group");
  wanted.inline_data = options.on("inline");
  wanted.threads = &threads;
  if (wanted.inline_data && set->programs.empty()) {
    console.error(ErrorCode::Usage, "--inline needs a program");
    return kExitTrouble;
  }
  const auto plan = dedupe::make_plan(*set, wanted);
  if (!plan) return trouble(plan.error());
  for (const Error& note : plan->notes) console.warning(note);
  const std::string directory = options.text("output-dir");
  if (!directory.empty()) {
    ProgressBar bar(console.progress(), "writing");
    wanted.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.update(done, total); };
    const auto written = dedupe::write_plan(*set, *plan, directory, wanted);
    if (!written) return trouble(written.error());
  }
  if (!console.quiet() || console.json()) {
    console.print(plan_report(*plan, directory, console.verbose() || console.json()));
  }
  return options.on("check") && plan->wins() ? kExitNo : kExitFine;
}

}  // namespace ptetool::cli
