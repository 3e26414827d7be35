// ptetool generate: writes what is made from the option table. For the house, not for users.
#include "generate.h"

#include "commands.h"
#include "console.h"
#include "ptetool/base/file.h"

namespace ptetool::cli {

int generate_command(const Options& options, Console& console) {
  const std::vector<std::string>& arguments = options.arguments();
  if (arguments.size() != 2 || (arguments[0] != "man" && arguments[0] != "completions")) {
    console.error(ErrorCode::Usage, "generate takes 'man DIR' or 'completions DIR'");
    return kExitTrouble;
  }
  for (const GeneratedFile& file : arguments[0] == "man" ? manual_pages() : completions()) {
    if (auto written = write_file(arguments[1] + "/" + file.name, bytes_of(file.text)); !written) {
      console.error(written.error());
      return kExitTrouble;
    }
  }
  return kExitFine;
}

}  // namespace ptetool::cli
