// ptetool diff: opens two files with their data, asks the library what changed, shows it.
#include "ptetool/compare/diff.h"

#include <charconv>
#include <cmath>

#include "commands.h"
#include "console.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "render/html.h"

namespace ptetool::cli {

namespace {

// Rows of a table in text, unless the user says otherwise.
constexpr std::uint64_t kTextRows = 40;

Result<double> tolerance_of(const Options& options, std::string_view name) {
  const std::string text = options.text(name);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number) && number >= 0) return number;
  return fail(ErrorCode::Usage, "--" + std::string(name) + ": " + quoted(text) + " is not a tolerance (1e-3, 0.01)");
}

Result<compare::DiffOptions> diff_options(const Options& options, bool json) {
  compare::DiffOptions wanted;
  for (const std::string& name : options.list("only")) {
    if (const auto part = compare::find_part(name)) wanted.parts.push_back(*part);
  }
  PTETOOL_ASSIGN(wanted.tolerance.rtol, tolerance_of(options, "rtol"));
  PTETOOL_ASSIGN(wanted.tolerance.atol, tolerance_of(options, "atol"));
  wanted.method = options.text("method");
  wanted.most_rows = options.number("top").value_or(json ? 0 : kTextRows);
  wanted.brief = options.on("brief");
  return wanted;
}

Result<compare::Side> open_side(const ModelArgument& argument) {
  compare::Side side;
  PTETOOL_ASSIGN(side.artifact, open_artifact(argument.model));
  for (const std::string& path : argument.data) {
    PTETOOL_ASSIGN(auto data, open_data_file(path));
    side.data.push_back(std::move(data));
  }
  return side;
}

Result<int> run_diff(const Options& options, Console& console) {
  if (options.arguments().size() != 2)
    return fail(ErrorCode::Usage, "OLD and NEW are needed, " + counted(options.arguments().size(), "file") +
                                      " given; see 'ptetool diff --help'");
  PTETOOL_ASSIGN(compare::DiffOptions wanted, diff_options(options, console.json()));
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
    PTETOOL_CHECK(write_file(*path, bytes_of(std::string_view(render_html(difference.report, title)))));
  }
  if (!difference.problems.empty()) return kExitTrouble;
  return difference.equal ? kExitFine : kExitNo;
}

}  // namespace

int diff_command(const Options& options, Console& console) {
  const auto status = run_diff(options, console);
  if (status) return *status;
  console.error(status.error());
  return kExitTrouble;
}

}  // namespace ptetool::cli
