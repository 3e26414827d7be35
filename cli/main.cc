// The binary's entry; everything is in driver.cc, so that tests can link it.
#include "driver.h"

int main(int argc, char** argv) { return ptetool::cli::run_ptetool(argc, argv); }
