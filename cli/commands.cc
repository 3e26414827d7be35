// All commands in the order of the help, and the options that each of them takes.
#include "commands.h"

#include <algorithm>
#include <array>

#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr std::string_view kOutput = "Output";

constexpr auto kGlobalOptions = std::to_array<OptionRow>({
    {.name = "json", .help = "print one JSON document instead of text", .group = kOutput},
    {.letter = 'q', .name = "quiet", .help = "no warnings and notes, only errors", .group = kOutput},
    {.letter = 'v',
     .name = "verbose",
     .help = "show the columns and facts that are left out for brevity",
     .group = kOutput},
    {.name = "color",
     .takes = Takes::Choice,
     .argument = "WHEN",
     .help = "colour the text",
     .group = kOutput,
     .fallback = "auto",
     .choices = "auto always never"},
    {.name = "no-progress", .help = "no progress bars", .group = kOutput},
    {.letter = 'h', .name = "help", .help = "show this help", .group = kOutput},
    {.name = "version", .help = "show the versions of ptetool and of what it is made of", .group = kOutput},
});

}  // namespace

std::span<const CommandRow> commands() {
  static const std::array kCommands = {inspect_row(), verify_row(), run_row(),
                                       diff_row(),    dedupe_row(), generate_row()};
  return kCommands;
}

std::span<const OptionRow> global_options() { return kGlobalOptions; }

const CommandRow* find_command(std::string_view name) {
  const auto found = std::ranges::find(commands(), name, &CommandRow::name);
  return found == commands().end() ? nullptr : &*found;
}

}  // namespace ptetool::cli
