// Turns the rows of the option table into a parser, and a command line into Options.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "commands.h"
#include "option_values.h"
#include "options.h"
#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

std::string flag_text(const OptionRow& row) { return "--" + std::string(row.name); }

std::string help_hint(const CommandRow* command) {
  return command ? "; see 'ptetool " + std::string(command->name) + " --help'" : "; see 'ptetool --help'";
}

}  // namespace

class Parser {
 public:
  Parser() {
    app_.set_help_flag();
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    add(app_, global_options());
    for (const CommandRow& command : commands()) {
      CLI::App* sub = app_.add_subcommand(std::string(command.name));
      sub->set_help_flag();
      sub->allow_extras();
      sub->callback([this, &command] { options_.command = &command; });
      add(*sub, global_options());
      add(*sub, command.options);
    }
  }

  Result<Options> parse(std::vector<std::string> arguments) {
    for (const std::string& argument : arguments) {
      if (!meant_) meant_ = find_command(argument);
    }
    give_bare_values(arguments);
    const std::string last = arguments.empty() ? std::string() : arguments.back();
    std::ranges::reverse(arguments);  // CLI11 takes them from the end
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ArgumentMismatch&) {
      return usage("'" + escaped(last) + "' needs a value");
    } catch (const CLI::Error& error) {
      return usage(error.what());
    }
    if (options_.on("help") || options_.on("version")) return std::move(options_);
    PTETOOL_CHECK(check_extras());
    if (!options_.command) return usage("no command given");
    PTETOOL_CHECK(check_values());
    return std::move(options_);
  }

 private:
  static std::string names(const OptionRow& row) {
    return (row.letter ? std::string("-") + row.letter + "," : std::string()) + flag_text(row);
  }

  // "--chat" becomes "--chat=auto": what follows it is never its value.
  void give_bare_values(std::vector<std::string>& arguments) const {
    if (!meant_) return;
    for (std::string& argument : arguments) {
      if (argument == "--") return;
      for (const OptionRow& row : meant_->options) {
        if (!row.bare.empty() && argument == flag_text(row)) argument += "=" + std::string(row.bare);
      }
    }
  }

  void note(const OptionRow& row, std::string_view value) {
    options_.values_[std::string(row.name)].emplace_back(value);
  }

  void add(CLI::App& app, std::span<const OptionRow> rows) {
    for (const OptionRow& row : rows) {
      if (row.name.empty()) {
        app.add_option_function<std::vector<std::string>>(
            std::string(row.argument),
            [this](const std::vector<std::string>& values) { options_.arguments_ = values; });
      } else if (row.takes == Takes::Nothing) {
        app.add_flag_callback(names(row), [this, &row] { note(row, kYes); });
        if (row.negatable) app.add_flag_callback("--no-" + std::string(row.name), [this, &row] { note(row, kNo); });
      } else {
        app.add_option_function<std::vector<std::string>>(names(row),
                                                          [this, &row](const std::vector<std::string>& values) {
                                                            for (const std::string& value : values) note(row, value);
                                                          })
            ->take_all()
            ->allow_extra_args(false);
      }
    }
  }

  Failure usage(const std::string& message) const {
    return fail(ErrorCode::Usage, message + help_hint(options_.command ? options_.command : meant_));
  }

  // What no row knows: a wrong command or option.
  Result<> check_extras() {
    std::vector<std::string> words;
    for (const CommandRow& command : commands()) {
      if (!command.hidden) words.emplace_back(command.name);
    }
    for (const std::string& extra : app_.remaining(true)) {
      if (extra == "--") continue;
      if (!options_.command && !extra.starts_with('-')) {
        return usage("unknown command " + quoted(extra) + suggestion(extra, words, ""));
      }
      if (!extra.starts_with('-')) return usage("unexpected argument " + quoted(extra));
      std::vector<std::string> options;
      const auto collect = [&](std::span<const OptionRow> rows) {
        for (const OptionRow& row : rows) {
          if (!row.name.empty()) options.emplace_back(row.name);
          if (row.negatable) options.push_back("no-" + std::string(row.name));
        }
      };
      if (options_.command) collect(options_.command->options);
      collect(global_options());
      const std::string name = extra.substr(0, extra.find('='));
      const std::string bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
      return usage("unknown option " + quoted(name) + suggestion(bare, options, "--"));
    }
    return {};
  }

  Result<> check_values() {
    for (const OptionRow& row : options_.command->options) PTETOOL_CHECK(check_value(row));
    for (const OptionRow& row : global_options()) PTETOOL_CHECK(check_value(row));
    return {};
  }

  Result<> check_value(const OptionRow& row) {
    if (row.name.empty()) {
      if (row.required && options_.arguments_.empty()) return usage("no " + std::string(row.argument) + " given");
      return {};
    }
    const auto found = options_.values_.find(row.name);
    if (found == options_.values_.end()) return {};
    if (row.negatable && std::ranges::count(found->second, kYes) != std::ssize(found->second) &&
        std::ranges::count(found->second, kNo) != std::ssize(found->second)) {
      return usage(flag_text(row) + " and --no-" + std::string(row.name) + " contradict each other");
    }
    const std::vector<std::string> choices = choices_of(row);
    const auto check = [&](const std::string& value) -> Result<> {
      const std::string what = flag_text(row) + ": " + quoted(value) + " is ";
      if (row.takes == Takes::Number && !parse_number(value)) return usage(what + "not a number (0, 1, 2 …)");
      if (row.takes == Takes::Real && !parse_real(value)) {
        return usage(what + "not a number of 0 or more (0, 0.01, 1e-3 …)");
      }
      if (row.takes == Takes::Bytes && !parse_bytes(value)) return usage(what + "not a size (1000, 64MiB, 2g)");
      if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
        std::string list;
        for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
        return usage(what + "none of " + list + suggestion(value, choices, ""));
      }
      return {};
    };
    for (const std::string& value : row.takes == Takes::Choices ? options_.list(row.name) : found->second) {
      PTETOOL_CHECK(check(value));
    }
    return {};
  }

  Options options_;
  const CommandRow* meant_ = nullptr;  // the command that messages point to where parsing did not get that far
  CLI::App app_;
};

Result<Options> parse_command_line(std::vector<std::string> arguments) { return Parser().parse(std::move(arguments)); }

}  // namespace ptetool::cli
