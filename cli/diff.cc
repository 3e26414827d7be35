// ptetool diff: opens two files with their data, asks the library what changed, shows it.
#include "ptetool/compare/diff.h"

#include "commands.h"
#include "console.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "render/graph_html.h"
#include "render/html.h"

namespace ptetool::cli {

namespace {

// Rows of a table in text, unless the user says otherwise.
constexpr std::uint64_t kTextRows = 40;

compare::DiffOptions diff_options(const Options& options, bool json) {
  compare::DiffOptions wanted;
  for (const std::string& name : options.list("only")) {
    if (const auto part = compare::find_part(name)) wanted.parts.push_back(*part);
  }
  wanted.tolerance = {options.real("rtol").value_or(0), options.real("atol").value_or(0)};
  wanted.method = options.text("method");
  wanted.most_rows = options.number("top").value_or(json ? 0 : kTextRows);
  wanted.brief = options.on("brief");
  wanted.graphs = options.given("html").has_value();
  return wanted;
}

Result<compare::Side> open_side(const ModelArgument& argument) {
  compare::Side side;
  PTETOOL_ASSIGN(side.artifact, open_artifact(argument.model));
  PTETOOL_ASSIGN(side.data, open_data_files(argument.data));
  return side;
}

Result<int> run_diff(const Options& options, Console& console) {
  if (options.arguments().size() != 2)
    return fail(ErrorCode::Usage, "OLD and NEW are needed, " + counted(options.arguments().size(), "file") +
                                      " given; see 'ptetool diff --help'");
  compare::DiffOptions wanted = diff_options(options, console.json());
  PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options.arguments(), options.list("data")));
  PTETOOL_ASSIGN(const compare::Side old_side, open_side(arguments[0]));
  PTETOOL_ASSIGN(const compare::Side new_side, open_side(arguments[1]));
  ProgressBar bar(console.progress(), "comparing weights");
  wanted.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.update(done, total); };
  PTETOOL_ASSIGN(const compare::Difference difference, compare::diff(old_side, new_side, wanted));
  for (const Error& problem : difference.problems) console.error(problem);
  for (const Error& note : difference.notes) console.warning(note);
  console.print(difference.report);
  if (const auto path = options.given("html")) {
    const std::string title = options.arguments()[0] + " → " + options.arguments()[1];
    const std::string page = render_html(difference.report, title, graph_style(), graph_markup(difference.graphs));
    PTETOOL_CHECK(write_file(*path, bytes_of(std::string_view(page))));
  }
  if (!difference.problems.empty()) return kExitTrouble;
  if (difference.differs) return kExitNo;
  return difference.equal ? kExitFine : kExitTrouble;
}

}  // namespace

int diff_command(const Options& options, Console& console) {
  const auto status = run_diff(options, console);
  if (status) return *status;
  console.error(status.error());
  return kExitTrouble;
}

}  // namespace ptetool::cli
