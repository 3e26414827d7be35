// Rows of the option table as text of a fixed width, wrapped by words, so that tests can pin it.
#include "help.h"

#include <algorithm>

#include "commands.h"

namespace ptetool::cli {

namespace {

constexpr std::size_t kWidth = 80;       // of help texts; fixed, so that they can be pinned
constexpr std::size_t kTextColumn = 26;  // where the text of an option begins

std::string wrapped(std::string_view text, std::size_t indent, std::size_t first_column) {
  std::string result;
  std::size_t column = first_column;
  bool line_start = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line_start && column + 1 + word.size() > kWidth) {
      result += '\n';
      result.append(indent, ' ');
      column = indent;
      line_start = true;
    }
    if (!line_start) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    line_start = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string entry(const std::string& heading, std::string_view text) {
  std::string line = "  " + heading;
  if (line.size() + 2 > kTextColumn) {
    line += '\n';
    line.append(kTextColumn, ' ');
  } else {
    line.append(kTextColumn - line.size(), ' ');
  }
  return line + wrapped(text, kTextColumn, kTextColumn) + '\n';
}

std::string option_entries(const CommandRow* command) {
  std::string text;
  for (const auto& [group, rows] : option_groups(command)) {
    text += '\n' + group + ":\n";
    for (const OptionRow* row : rows)
      text += entry((row->letter ? "" : "    ") + option_heading(*row), option_text(*row));
  }
  return text;
}

std::string statuses(const CommandRow* command) {
  std::string text = "\nExit status:\n";
  for (const auto& [status, meaning] : exit_statuses(command)) {
    text += "  " + std::to_string(status) + "  " + wrapped(meaning, 5, 5) + '\n';
  }
  return text;
}

}  // namespace

std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return parts;
}

std::string usage_line(const CommandRow& command) {
  std::string line = "ptetool " + std::string(command.name) + " [OPTION]…";
  for (const OptionRow& row : command.options) {
    if (!row.name.empty()) continue;
    const std::string argument = std::string(row.argument) + (row.repeatable ? "…" : "");
    line += row.required ? " " + argument : " [" + argument + "]";
  }
  return line;
}

std::string option_heading(const OptionRow& row) {
  std::string heading = row.letter ? std::string("-") + row.letter + ", " : std::string();
  heading += row.negatable ? "--[no-]" : "--";
  heading += row.name;
  const std::string argument(row.argument);
  if (!argument.empty()) heading += row.bare.empty() ? " " + argument : "[=" + argument + "]";
  return heading;
}

std::string option_text(const OptionRow& row) {
  std::string text(row.help);
  const std::vector<std::string> choices = choices_of(row);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += i == 0 ? ": " : i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  if (row.takes == Takes::Choices) text += "; several with commas";
  if (!row.fallback.empty()) text += " (default: " + std::string(row.fallback) + ")";
  if (row.repeatable && row.takes != Takes::Choices && !row.name.empty()) text += " (repeatable)";
  return text;
}

std::vector<std::pair<int, std::string>> exit_statuses(const CommandRow* command) {
  std::vector<std::pair<int, std::string>> rows;
  rows.emplace_back(kExitFine, command && !command->status_fine.empty() ? std::string(command->status_fine) : "fine");
  if (!command) rows.emplace_back(kExitNo, "the answer is no, for example: verify found an error");
  if (command && !command->status_no.empty()) rows.emplace_back(kExitNo, std::string(command->status_no));
  rows.emplace_back(kExitTrouble, "wrong usage, or a file that cannot be used");
  if (command && !command->status_interrupted.empty()) {
    rows.emplace_back(kExitInterrupted, std::string(command->status_interrupted));
  }
  return rows;
}

std::vector<std::pair<std::string, std::vector<const OptionRow*>>> option_groups(const CommandRow* command) {
  std::vector<std::pair<std::string, std::vector<const OptionRow*>>> groups;
  const auto add = [&](std::span<const OptionRow> rows) {
    for (const OptionRow& row : rows) {
      if (row.name.empty()) continue;
      const std::string name = row.group.empty() ? "Options" : std::string(row.group);
      auto found = std::ranges::find(groups, name, [](const auto& group) { return group.first; });
      if (found == groups.end()) found = groups.insert(groups.end(), {name, {}});
      found->second.push_back(&row);
    }
  };
  if (command) add(command->options);
  add(global_options());
  return groups;
}

std::string general_help() {
  std::string text =
      "Usage: ptetool COMMAND [OPTION]… FILE…\n\nThe toolkit for ExecuTorch programs (.pte) and their data "
      "(.ptd).\n\nCommands:\n";
  for (const CommandRow& command : commands()) {
    if (!command.hidden) text += entry(std::string(command.name), command.summary);
  }
  text += option_entries(nullptr);
  text += "\nExamples:\n";
  for (const CommandRow& command : commands()) {
    if (!command.hidden && !command.examples.empty())
      text += "  " + std::string(command.examples.front().command) + '\n';
  }
  return text + statuses(nullptr) + "\n'ptetool COMMAND --help' tells more about a command.\n";
}

std::string command_help(const CommandRow& command) {
  std::string text = "Usage: " + usage_line(command) + "\n";
  for (const std::string& paragraph : paragraphs(command.description)) text += '\n' + wrapped(paragraph, 0, 0) + '\n';
  text += '\n';
  for (const OptionRow& row : command.options) {
    if (row.name.empty()) text += entry(std::string(row.argument), row.help);
  }
  text += option_entries(&command);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const Example& example : command.examples) {
    text += "  " + std::string(example.command) + "\n      " + std::string(example.meaning) + '\n';
  }
  return text + statuses(&command);
}

}  // namespace ptetool::cli
