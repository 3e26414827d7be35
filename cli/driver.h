// From main's arguments to an exit status; the one place that catches what must never reach the user as a crash.
#pragma once

namespace ptetool::cli {

int run_ptetool(int argc, char** argv);

}  // namespace ptetool::cli
