// What the user asked for: the rows that describe commands and options, and the parsed command line.
//
// A row is written once (cli/commands/) and read by the parser, --help, the manual pages, the completions and the
// tests, so that these cannot disagree.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::cli {

class Console;
class Options;

enum class Takes : std::uint8_t {
  Nothing,  // a switch
  Text,
  Choice,   // one of `choices`
  Choices,  // a comma-separated list of `choices`
  Number,   // 0, 1, 2 …
  Real,     // 0 or more, finite: 0.01, 1e-3
  Bytes,    // a number, perhaps with a unit: 64MiB, 2g
  File,
  Folder,
};

struct OptionRow {
  char letter = 0;             // "-q"; 0: none
  std::string_view name = {};  // "--quiet" without the dashes; empty: the command's positional arguments
  Takes takes = Takes::Nothing;
  std::string_view argument = {};  // what --help calls the value: "FILE"
  std::string_view help = {};      // without a full stop
  std::string_view group = {};     // heading in --help; empty: "Options"
  std::string_view fallback = {};  // the value where it is not given; shown in --help
  std::string_view bare = {};      // what the option means without a value; one is then given with '=' only
  std::string_view choices = {};   // separated by spaces
  bool repeatable = false;         // every occurrence counts; otherwise the last one does
  bool negatable = false;          // a switch with a --no- form
  bool required = false;           // positional arguments only
};

struct Example {
  std::string_view command = {};
  std::string_view meaning = {};
};

struct CommandRow {
  std::string_view name = {};
  std::string_view summary = {};      // one line, for lists
  std::string_view description = {};  // paragraphs, separated by blank lines
  std::span<const OptionRow> options = {};
  std::span<const Example> examples = {};
  std::string_view status_fine = {};  // what exit status 0 and 1 mean here; empty: the general words, or never
  std::string_view status_no = {};
  std::string_view status_interrupted = {};  // what Ctrl-C leaves behind; empty: it ends the process like any other
  int (*run)(const Options& options, Console& console) = nullptr;
  bool hidden = false;  // for the house's own use: in no help, manual or completion
};

// Exit statuses of every command (design 1.1).
inline constexpr int kExitFine = 0;
inline constexpr int kExitNo = 1;
inline constexpr int kExitTrouble = 2;
inline constexpr int kExitInterrupted = 130;  // as shells have it for SIGINT

// The parsed command line. Options are looked up by the name in their row; values were checked against it.
class Options {
 public:
  const CommandRow* command = nullptr;  // null: none was given

  // Was the switch given?
  bool on(std::string_view name) const;
  // A negatable switch: true, false, or not given.
  std::optional<bool> yes_no(std::string_view name) const;
  // The value, or the row's fallback; empty if there is neither.
  std::string text(std::string_view name) const;
  // The value if the user gave one.
  std::optional<std::string> given(std::string_view name) const;
  // Every value of a repeatable option, or every item of a list of choices.
  std::vector<std::string> list(std::string_view name) const;
  // A number or a byte count, given or by fallback.
  std::optional<std::uint64_t> number(std::string_view name) const;
  // A real number, given or by fallback.
  std::optional<double> real(std::string_view name) const;
  // The positional arguments.
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  friend class Parser;
  const OptionRow* row(std::string_view name) const;

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> arguments_;
};

// Parses arguments (without the program's name). Errors: Usage, with the way to the help in the message.
Result<Options> parse_command_line(std::vector<std::string> arguments);

// "64MiB", "2g", "1000" as bytes; nullopt for anything else.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

// The words of a row's choices.
std::vector<std::string> choices_of(const OptionRow& row);

}  // namespace ptetool::cli
