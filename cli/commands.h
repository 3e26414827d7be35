// The commands of ptetool. A new command is one file in commands/ with its row and one here with its function.
#pragma once

#include <span>

#include "options.h"

namespace ptetool::cli {

int inspect_command(const Options& options, Console& console);
int verify_command(const Options& options, Console& console);
int run_command(const Options& options, Console& console);
int diff_command(const Options& options, Console& console);
int dedupe_command(const Options& options, Console& console);
int generate_command(const Options& options, Console& console);

// All commands, in the order of the help.
std::span<const CommandRow> commands();
// Options that every command takes.
std::span<const OptionRow> global_options();
// The command with this name; nullptr if there is none.
const CommandRow* find_command(std::string_view name);

}  // namespace ptetool::cli
