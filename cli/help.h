// What the option table says, as --help.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "options.h"

namespace ptetool::cli {

// "ptetool --help".
std::string general_help();
// "ptetool COMMAND --help".
std::string command_help(const CommandRow& command);

// Pieces that the manual pages are made of too.
// "ptetool inspect [OPTION]… FILE…"
std::string usage_line(const CommandRow& command);
// "-d, --data FILE"; "--[no-]checksums".
std::string option_heading(const OptionRow& row);
// The help text with choices and fallback: "who computes: auto, portable or xnnpack (default: auto)".
std::string option_text(const OptionRow& row);
// Status and meaning, for a command or (null) for all of them.
std::vector<std::pair<int, std::string>> exit_statuses(const CommandRow* command);
// The groups of a command's options in order of appearance, the global ones last; positional arguments are in none.
std::vector<std::pair<std::string, std::vector<const OptionRow*>>> option_groups(const CommandRow* command);
// The paragraphs of a description.
std::vector<std::string> paragraphs(std::string_view text);

}  // namespace ptetool::cli
