// ptetool inspect: opens what was named, asks the library for the views, shows them.
#include "ptetool/layout/inspect.h"
#include "commands.h"
#include "console.h"
#include "models.h"

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
