// Standard output and standard error: results go to the one, everything else to the other (design 1.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "ptetool/base/report.h"
#include "ptetool/base/result.h"

namespace ptetool::cli {

class Console {
 public:
  // Nothing is known about the options yet; configure() follows as soon as they are.
  Console();
  void configure(const Options& options);

  // A result, as text or as JSON.
  void print(const report::Report& report);
  // Text that is a result already.
  void print(std::string_view text);
  // A part of a result that somebody waits for: it is there when this returns. On a terminal, control characters but
  // line feeds and tabs are made visible.
  void stream(std::string_view text);

  // A problem; printed at finish(), equal ones once with a count. Its `others` are problems too.
  void error(const Error& error);
  void error(ErrorCode code, std::string message);
  // A problem that does not change the answer: as above, but a warning, and not with --quiet.
  void warning(const Error& error);
  void warning(std::string_view message);  // at once, unless --quiet
  void note(std::string_view message);     // at once, unless --quiet

  bool json() const { return json_; }
  bool quiet() const { return quiet_; }
  bool verbose() const { return verbose_; }
  // May a progress bar be drawn on standard error?
  bool progress() const { return progress_; }

  // Prints the collected errors and gives the exit status of the process: `status`, or 2 where standard output could
  // not be written. A reader that closed the pipe is no error.
  int finish(int status);

 private:
  struct Problem {
    std::string line;
    bool is_error;
    std::uint64_t count = 1;
  };

  void collect(const Error& error, bool is_error);

  void label(std::string_view word, std::string_view colour, std::string_view message);

  bool json_ = false;
  bool quiet_ = false;
  bool verbose_ = false;
  bool progress_ = false;
  bool colour_out_ = false;
  bool colour_err_ = false;
  unsigned width_ = 0;  // of the terminal; 0: not a terminal
  int write_error_ = 0;
  std::vector<Problem> problems_;
};

}  // namespace ptetool::cli
