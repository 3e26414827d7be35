// Colours are for terminals, and for none where NO_COLOR is set. Errors are kept until the end, so that one that is
// repeated is shown once, with its count (design 1.1).
#include "console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "ptetool/base/text.h"
#include "render/json.h"
#include "render/text.h"

namespace ptetool::cli {

namespace {

constexpr unsigned kNarrowest = 40;  // below this, cutting cells helps nobody

constexpr std::string_view kErrorColour = "\x1b[1;31m";
constexpr std::string_view kWarningColour = "\x1b[1;33m";

bool coloured(int descriptor, const std::string& when) {
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(descriptor) != 0 && !(no_color && *no_color) && !(terminal && std::string_view(terminal) == "dumb");
}

// Control characters of one byte, and those that UTF-8 writes as two (C2 80 to C2 9F), as "\\x1b".
std::string visible(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool two = byte == 0xc2 && next >= 0x80 && next <= 0x9f;
    const bool one = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
    if (one || two) {
      result += fmt::format("\\x{:02x}", two ? next : byte);
    } else {
      result += text[i];
    }
    if (two) ++i;
  }
  return result;
}

unsigned terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
  return std::max<unsigned>(size.ws_col, kNarrowest);
}

}  // namespace

Console::Console() : colour_err_(coloured(STDERR_FILENO, "auto")) {}

void Console::configure(const Options& options) {
  json_ = options.on("json");
  quiet_ = options.on("quiet");
  verbose_ = options.on("verbose");
  progress_ = !quiet_ && !options.on("no-progress") && isatty(STDERR_FILENO) != 0;
  colour_out_ = coloured(STDOUT_FILENO, options.text("color"));
  colour_err_ = coloured(STDERR_FILENO, options.text("color"));
  width_ = terminal_width();
}

void Console::print(const report::Report& report) {
  print(json_ ? render_json(report)
              : render_text(report, {.colour = colour_out_, .details = verbose_, .width = width_}));
}

void Console::print(std::string_view text) {
  if (write_error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) write_error_ = errno;
}

void Console::stream(std::string_view text) {
  print(width_ == 0 ? std::string(text) : visible(text));
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
}

void Console::error(const Error& error) { collect(error, true); }

void Console::warning(const Error& error) {
  if (!quiet_) collect(error, false);
}

void Console::collect(const Error& error, bool is_error) {
  const std::string line = error.line();
  const auto known = std::ranges::find(problems_, line, &Problem::line);
  if (known != problems_.end()) {
    ++known->count;
  } else {
    problems_.push_back({line, is_error});
  }
  for (const Error& other : error.others) collect(other, is_error);
}

void Console::error(ErrorCode code, std::string message) { error(fail(code, std::move(message)).value()); }

void Console::warning(std::string_view message) {
  if (!quiet_) label("warning", kWarningColour, message);
}

void Console::note(std::string_view message) {
  if (!quiet_) label("note", "\x1b[1m", message);
}

void Console::label(std::string_view word, std::string_view colour, std::string_view message) {
  std::string line;
  if (colour_err_) line += colour;
  line += word;
  line += ':';
  if (colour_err_) line += "\x1b[0m";
  line += ' ';
  line += message;
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int Console::finish(int status) {
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
  if (write_error_ != 0 && write_error_ != EPIPE) {
    problems_.push_back({"cannot write to standard output: " + std::generic_category().message(write_error_), true});
    status = kExitTrouble;
  }
  for (const Problem& problem : problems_) {
    label(problem.is_error ? "error" : "warning", problem.is_error ? kErrorColour : kWarningColour,
          problem.count == 1 ? problem.line : problem.line + " (" + counted(problem.count, "time") + ")");
  }
  problems_.clear();
  return status;
}

}  // namespace ptetool::cli
