// Signals first, then the command's function; what is thrown behind it becomes a message and exit status 2. A mapped
// file that shrinks is a SIGBUS, which is told in one line.
#include "driver.h"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <string_view>

#include "commands.h"
#include "console.h"
#include "help.h"
#include "version.h"

namespace ptetool::cli {

namespace {

// A mapped file that another process cuts off while it is read: said, not dumped.
void on_bus_error(int) {
  constexpr std::string_view kMessage = "error: a file became shorter while it was read\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(kExitTrouble);
}

int dispatch(int argc, char** argv, Console& console) {
  auto options = parse_command_line({argv + (argc > 0 ? 1 : 0), argv + argc});
  if (!options) {
    console.error(options.error());
    return kExitTrouble;
  }
  console.configure(*options);
  if (options->on("help")) {
    console.print(options->command && !options->command->hidden ? command_help(*options->command) : general_help());
    return kExitFine;
  }
  if (options->on("version")) {
    console.print(version_text());
    return kExitFine;
  }
  return options->command->run(*options, console);
}

}  // namespace

int run_ptetool(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGBUS, on_bus_error);
  Console console;
  int status = kExitTrouble;
  try {
    status = dispatch(argc, argv, console);
  } catch (const std::bad_alloc&) {
    console.error(ErrorCode::Limit, "out of memory");
  } catch (const std::exception& exception) {
    console.error(ErrorCode::Internal, std::string("internal error: ") + exception.what() + "; please report this");
  }
  return console.finish(status);
}

}  // namespace ptetool::cli
