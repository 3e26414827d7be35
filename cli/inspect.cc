// ptetool inspect: opens what was named, asks the library for the views and shows them, or takes something out.
#include "ptetool/layout/inspect.h"

#include <algorithm>

#include "commands.h"
#include "console.h"
#include "models.h"
#include "ptetool/base/text.h"
#include "ptetool/compare/dot.h"
#include "ptetool/layout/extract.h"
#include "ptetool/layout/selected_ops.h"

namespace ptetool::cli {

namespace {

layout::InspectOptions inspect_options(const Options& options) {
  layout::InspectOptions wanted;
  wanted.views.clear();
  for (const std::string& name : options.list("show")) {
    if (const auto view = layout::find_view(name)) wanted.views.push_back(*view);
    if (name == "all") {
      for (int view = 0; view <= static_cast<int>(layout::View::Bytes); ++view) {
        wanted.views.push_back(static_cast<layout::View>(view));
      }
    }
  }
  wanted.offset = options.number("offset");
  if (wanted.offset && !options.given("show")) wanted.views = {layout::View::Bytes};
  wanted.method = options.text("method");
  wanted.filter = options.text("filter");
  wanted.top = options.number("top");
  const std::string sort = options.text("sort");
  if (sort == "size") wanted.sort = layout::Sort::Size;
  if (sort == "name") wanted.sort = layout::Sort::Name;
  if (sort == "offset") wanted.sort = layout::Sort::Offset;
  return wanted;
}

Result<layout::InspectInput> open_input(const ModelArgument& argument) {
  layout::InspectInput input;
  PTETOOL_ASSIGN(input.artifact, open_artifact(argument.model));
  for (const std::string& path : argument.data) {
    PTETOOL_ASSIGN(auto data, open_data_file(path));
    input.data.push_back(std::move(data));
  }
  return input;
}

Result<int> extract(const Options& options, std::span<const layout::InspectInput> inputs, Console& console) {
  const auto path = options.given("output");
  if (!path) return fail(ErrorCode::Usage, "--extract needs a file to write to: --output FILE");
  if (inputs.size() != 1) return fail(ErrorCode::Usage, "--extract is for one file; several are on the line");
  PTETOOL_ASSIGN(const layout::Extract found, layout::find_extract(inputs.front(), *options.given("extract")));
  PTETOOL_CHECK(layout::write_extract(found, *path));
  report::Report report{"ptetool/inspect/1", {}};
  report.root.add("extracted", "extracted", found.name);
  report.root.add("from", "from", found.file->name());
  report.root.add("offset", "offset", report::Offset{found.offset});
  report.root.add("size", "size", report::ByteCount{found.bytes.size()});
  report.root.add("written_to", "written to", *path);
  if (!console.quiet() || console.json()) console.print(report);
  return kExitFine;
}

Result<std::string> selected_operators(std::span<const layout::InspectInput> inputs) {
  std::vector<layout::NamedProgram> programs;
  for (const layout::InspectInput& input : inputs) {
    const std::string& name = input.artifact.file->name();
    const auto program = input.artifact.program();
    if (!program) return fail(ErrorCode::WrongKind, name, "", "is no program, and has no operators");
    programs.push_back({name, program.get()});
  }
  return layout::selected_operators(programs);
}

Result<std::string> dot_graph(const Options& options, std::span<const layout::InspectInput> inputs) {
  if (inputs.size() != 1) return fail(ErrorCode::Usage, "--dot is for one file; several are on the line");
  const auto program = inputs.front().artifact.program();
  const std::string& name = inputs.front().artifact.file->name();
  if (!program) return fail(ErrorCode::WrongKind, name, "", "is no program, and has no methods to draw");
  const std::string method = options.text("method");
  if (!method.empty() && !program->find_method(method)) {
    return fail(ErrorCode::Missing, name, "", "there is no method " + quoted(method));
  }
  return compare::dot_graph(link(program, inputs.front().data), method);
}

// Text for other programs: into --output, or to standard output as it is.
Result<int> pass_on(const Options& options, Console& console, const Result<std::string>& text) {
  if (!text) return Failure(text.error());
  if (const auto path = options.given("output")) {
    PTETOOL_CHECK(write_file(*path, bytes_of(std::string_view(*text))));
  } else {
    console.print(std::string_view(*text));
  }
  return kExitFine;
}

// What is asked for instead of a report, or what is wrong with how it was; nullopt: nothing is.
std::optional<Result<int>> take_out(const Options& options, std::span<const layout::InspectInput> inputs,
                                    Console& console) {
  const bool extracts = options.given("extract").has_value();
  const bool selects = options.on("selected-ops");
  const bool draws = options.on("dot");
  if (extracts + selects + draws > 1) {
    return fail(ErrorCode::Usage, "--extract, --selected-ops and --dot exclude each other");
  }
  if (extracts) return extract(options, inputs, console);
  if (selects) return pass_on(options, console, selected_operators(inputs));
  if (draws) return pass_on(options, console, dot_graph(options, inputs));
  if (options.given("output")) {
    return fail(ErrorCode::Usage, "--output is for --extract, --selected-ops and --dot; reports go to standard output");
  }
  return std::nullopt;
}

}  // namespace

int inspect_command(const Options& options, Console& console) {
  const auto arguments = parse_model_arguments(options.arguments(), options.list("data"));
  if (!arguments) {
    console.error(arguments.error());
    return kExitTrouble;
  }
  int status = kExitFine;
  std::vector<layout::InspectInput> inputs;
  for (const ModelArgument& argument : *arguments) {
    auto input = open_input(argument);
    if (input) {
      inputs.push_back(std::move(*input));
    } else {
      console.error(input.error());
      status = kExitTrouble;
    }
  }
  if (inputs.empty()) return status;
  if (const auto taken = take_out(options, inputs, console)) {
    if (*taken) return std::max(status, **taken);
    console.error(taken->error());
    return kExitTrouble;
  }
  const auto inspection = layout::inspect(inputs, inspect_options(options));
  if (!inspection) {
    console.error(inspection.error());
    return kExitTrouble;
  }
  for (const Error& problem : inspection->problems) console.warning(problem);
  console.print(inspection->report);
  return status;
}

}  // namespace ptetool::cli
