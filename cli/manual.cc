// The manual pages, as roff: one for ptetool, one per command.
#include <algorithm>

#include "commands.h"
#include "generate.h"
#include "help.h"

namespace ptetool::cli {

namespace {

// Text for roff: backslashes, hyphens that must stay ASCII, and a first character that would be a request.
std::string roff(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (text.substr(i).starts_with("…")) {
      result += "\\&...";
      i += std::string_view("…").size() - 1;
    } else {
      if (i == 0 && c == '.') result += "\\&";
      result += c;
    }
  }
  return result;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return text;
}

std::string heading(const std::string& page, std::string_view summary) {
  return ".\\\" Made from the option table by 'ptetool generate man'; edit cli/commands/ instead.\n"
         ".TH " +
         upper(page) + " 1 \"\" \"ptetool\" \"ptetool manual\"\n.SH NAME\n" + roff(page) + " \\- " + roff(summary) +
         "\n";
}

std::string options(const CommandRow* command) {
  std::string text;
  for (const auto& [group, rows] : option_groups(command)) {
    text += ".SS " + group + "\n";
    for (const OptionRow* row : rows) {
      text += ".TP\n.B " + roff(option_heading(*row)) + "\n" + roff(option_text(*row)) + "\n";
    }
  }
  return text;
}

std::string statuses(const CommandRow* command) {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : exit_statuses(command)) {
    text += ".TP\n.B " + std::to_string(status) + "\n" + roff(meaning) + "\n";
  }
  return text;
}

std::string see_also(const CommandRow* except) {
  std::vector<std::string> pages;
  if (except) pages.emplace_back("ptetool");
  for (const CommandRow& command : commands()) {
    if (!command.hidden && &command != except) pages.push_back("ptetool-" + std::string(command.name));
  }
  std::string text = ".SH SEE ALSO\n";
  for (std::size_t i = 0; i < pages.size(); ++i) {
    text += ".BR " + roff(pages[i]) + " (1)" + (i + 1 < pages.size() ? "," : "") + "\n";
  }
  return text;
}

std::string general_page() {
  std::string text = heading("ptetool", "toolkit for ExecuTorch programs and their data");
  text += ".SH SYNOPSIS\n.B ptetool\nCOMMAND [OPTION]\\&... FILE\\&...\n.SH DESCRIPTION\n";
  text += "Shows, proves and executes ExecuTorch programs (.pte) and their data files (.ptd).\n.SH COMMANDS\n";
  for (const CommandRow& command : commands()) {
    if (command.hidden) continue;
    text += ".TP\n.BR " + roff("ptetool-" + std::string(command.name)) + " (1)\n" + roff(command.summary) + "\n";
  }
  text += ".SH OPTIONS\n" + options(nullptr) + statuses(nullptr);
  text += ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colours, unless " + roff("--color always") + " asks for them\n";
  return text + see_also(nullptr);
}

std::string command_page(const CommandRow& command) {
  const std::string page = "ptetool-" + std::string(command.name);
  std::string text = heading(page, command.summary);
  text += ".SH SYNOPSIS\n.B ptetool " + std::string(command.name) + "\n";
  text += roff(usage_line(command).substr(std::string("ptetool ").size() + command.name.size() + 1)) +
          "\n.SH DESCRIPTION\n";
  const std::vector<std::string> parts = paragraphs(command.description);
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ".PP\n") + roff(parts[i]) + "\n";
  for (const OptionRow& row : command.options) {
    if (row.name.empty()) text += ".TP\n.I " + roff(row.argument) + "\n" + roff(row.help) + "\n";
  }
  text += ".SH OPTIONS\n" + options(&command) + ".SH EXAMPLES\n";
  for (const Example& example : command.examples) {
    text += ".TP\n.B " + roff(example.command) + "\n" + roff(example.meaning) + "\n";
  }
  return text + statuses(&command) + see_also(&command);
}

}  // namespace

std::vector<GeneratedFile> manual_pages() {
  std::vector<GeneratedFile> pages = {{"ptetool.1", general_page()}};
  for (const CommandRow& command : commands()) {
    if (!command.hidden) pages.push_back({"ptetool-" + std::string(command.name) + ".1", command_page(command)});
  }
  return pages;
}

}  // namespace ptetool::cli
