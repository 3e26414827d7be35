// What `ptetool generate` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr auto kGenerateOptions = std::to_array<OptionRow>({
    {.takes = Takes::Folder,
     .argument = "WHAT",
     .help = "'man DIR' or 'completions DIR'",
     .repeatable = true,
     .required = true},
});

}  // namespace

const CommandRow& generate_row() {
  static constexpr CommandRow kRow = {
      .name = "generate",
      .summary = "write manual pages and completions",
      .description = "Writes the manual pages or the completions of the shells into a folder.",
      .options = kGenerateOptions,
      .run = generate_command,
      .hidden = true};
  return kRow;
}

}  // namespace ptetool::cli
