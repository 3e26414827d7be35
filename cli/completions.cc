// Completions for bash, zsh and fish, from the option table.
#include <string>

#include "commands.h"
#include "generate.h"

namespace ptetool::cli {

namespace {

constexpr std::string_view kMade =
    "# Made from the option table by 'ptetool generate completions'; edit cli/commands/ instead.\n";

// The spellings of an option: "--data -d", "--checksums --no-checksums".
std::string spellings(const OptionRow& row) {
  std::string text = "--" + std::string(row.name);
  if (row.negatable) text += " --no-" + std::string(row.name);
  if (row.letter) text += std::string(" -") + row.letter;
  return text;
}

std::string command_names() {
  std::string names;
  for (const CommandRow& command : commands()) {
    if (!command.hidden) names += (names.empty() ? "" : " ") + std::string(command.name);
  }
  return names;
}

// Inside single quotes, for all three shells.
std::string quoted_words(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// What the word after an option is: nothing of its own where the value is given with '='.
Takes next_word(const OptionRow& row) { return row.bare.empty() ? row.takes : Takes::Nothing; }

// bash

std::string bash_cases(std::span<const OptionRow> rows, std::string_view indent) {
  std::string text;
  for (const OptionRow& row : rows) {
    if (row.name.empty() || next_word(row) == Takes::Nothing) continue;
    std::string pattern = "--" + std::string(row.name);
    if (row.letter) pattern += std::string("|-") + row.letter;
    std::string action;
    switch (next_word(row)) {
      case Takes::Choice: action = "_ptetool_words \"" + std::string(row.choices) + "\""; break;
      case Takes::Choices: action = "_ptetool_list \"" + std::string(row.choices) + "\""; break;
      case Takes::File: action = "_ptetool_files -f"; break;
      case Takes::Folder: action = "_ptetool_files -d"; break;
      default: action = "COMPREPLY=()"; break;
    }
    text += std::string(indent) + pattern + ") " + action + "; return ;;\n";
  }
  return text;
}

std::string bash_options(std::span<const OptionRow> rows) {
  std::string text;
  for (const OptionRow& row : rows) {
    if (!row.name.empty()) text += (text.empty() ? "" : " ") + spellings(row);
  }
  return text;
}

std::string bash() {
  std::string text = "# bash completion for ptetool\n" + std::string(kMade) +
                     "_ptetool_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$current\")); }\n"
                     "_ptetool_list() {\n"
                     "  local head=\n"
                     "  if [[ $current == *,* ]]; then head=${current%,*},; fi\n"
                     "  COMPREPLY=($(compgen -P \"$head\" -W \"$1\" -- \"${current##*,}\"))\n"
                     "}\n"
                     "_ptetool_files() {\n"
                     "  compopt -o filenames 2>/dev/null\n"
                     "  local IFS=$'\\n'\n"
                     "  COMPREPLY=($(compgen \"$1\" -- \"$current\"))\n"
                     "}\n\n"
                     "_ptetool() {\n"
                     "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= word\n"
                     "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                     "    case $word in\n      ";
  std::string pattern = command_names();
  for (char& c : pattern) c = c == ' ' ? '|' : c;
  text += pattern + ") command=$word; break ;;\n    esac\n  done\n  case $previous in\n" +
          bash_cases(global_options(), "    ") + "  esac\n  case $command in\n";
  for (const CommandRow& command : commands()) {
    if (command.hidden) continue;
    text +=
        "    " + std::string(command.name) + ")\n      case $previous in\n" + bash_cases(command.options, "        ") +
        "      esac\n      if [[ $current == -* ]]; then\n        _ptetool_words \"" + bash_options(command.options) +
        " " + bash_options(global_options()) + "\"\n      else\n        _ptetool_files -f\n      fi ;;\n";
  }
  return text + "    *) _ptetool_words \"" + command_names() + " " + bash_options(global_options()) +
         "\" ;;\n  esac\n}\ncomplete -F _ptetool ptetool\n";
}

// zsh

std::string zsh_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_option(const OptionRow& row) {
  std::string action;
  switch (next_word(row)) {
    case Takes::Nothing: break;
    case Takes::Choice: action = ":" + std::string(row.argument) + ":(" + std::string(row.choices) + ")"; break;
    case Takes::Choices:
      action = ":" + std::string(row.argument) + ":_values -s , view " + std::string(row.choices);
      break;
    case Takes::File: action = ":" + std::string(row.argument) + ":_files"; break;
    case Takes::Folder: action = ":" + std::string(row.argument) + ":_files -/"; break;
    default: action = ":" + std::string(row.argument) + ": "; break;
  }
  const std::string star = row.repeatable ? "*" : "";
  std::string text;
  const auto add = [&](const std::string& spelling) {
    text += "        " + quoted_words(star + spelling + "[" + zsh_escaped(row.help) + "]" + action) + " \\\n";
  };
  add("--" + std::string(row.name));
  if (row.negatable) add("--no-" + std::string(row.name));
  if (row.letter) add(std::string("-") + row.letter);
  return text;
}

std::string zsh() {
  std::string text = "#compdef ptetool\n" + std::string(kMade) + "_ptetool() {\n  local -a commands=(\n";
  for (const CommandRow& command : commands()) {
    if (!command.hidden)
      text += "    " + quoted_words(std::string(command.name) + ":" + zsh_escaped(command.summary)) + "\n";
  }
  text += "  )\n  local -a global=(\n";
  for (const OptionRow& row : global_options()) {
    std::string option = zsh_option(row);
    for (std::size_t at; (at = option.find(" \\\n")) != std::string::npos;) option.replace(at, 3, "\n");
    text += option;
  }
  text +=
      "  )\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  case $command in\n";
  for (const CommandRow& command : commands()) {
    if (command.hidden) continue;
    text += "    " + std::string(command.name) + ")\n      _arguments -s $global \\\n";
    for (const OptionRow& row : command.options) {
      if (!row.name.empty()) text += zsh_option(row);
    }
    text += "        '1: :' '*:file:_files' ;;\n";
  }
  return text + "    *) _arguments $global ;;\n  esac\n}\n_ptetool \"$@\"\n";
}

// fish

std::string fish_option(const OptionRow& row, const std::string& condition) {
  std::string text = "complete -c ptetool" + condition;
  if (row.letter) text += std::string(" -s ") + row.letter;
  text += " -l " + std::string(row.name) + " -d " + quoted_words(row.help);
  switch (next_word(row)) {
    case Takes::Nothing: break;
    case Takes::Choice: text += " -x -a " + quoted_words(row.choices); break;
    case Takes::Choices: text += " -x -a " + quoted_words("(__fish_append , " + std::string(row.choices) + ")"); break;
    case Takes::File: text += " -r -F"; break;
    case Takes::Folder: text += " -x -a '(__fish_complete_directories)'"; break;
    default: text += " -x"; break;
  }
  text += '\n';
  if (row.negatable) text += "complete -c ptetool" + condition + " -l no-" + std::string(row.name) + "\n";
  return text;
}

std::string fish() {
  std::string text = "# fish completion for ptetool\n" + std::string(kMade);
  for (const CommandRow& command : commands()) {
    if (command.hidden) continue;
    text += "complete -c ptetool -n __fish_use_subcommand -f -a " + std::string(command.name) + " -d " +
            quoted_words(command.summary) + "\n";
  }
  for (const OptionRow& row : global_options()) text += fish_option(row, "");
  for (const CommandRow& command : commands()) {
    if (command.hidden) continue;
    const std::string condition = " -n '__fish_seen_subcommand_from " + std::string(command.name) + "'";
    for (const OptionRow& row : command.options) {
      if (!row.name.empty()) text += fish_option(row, condition);
    }
  }
  return text;
}

}  // namespace

std::vector<GeneratedFile> completions() {
  return {{"ptetool.bash", bash()}, {"_ptetool", zsh()}, {"ptetool.fish", fish()}};
}

}  // namespace ptetool::cli
