// Ctrl-C as a request to end what is being made, instead of the process; a second one ends the process all the same.
#pragma once

namespace ptetool::cli {

// While one lives, the first SIGINT is only noted. At most one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool raised() const;
};

}  // namespace ptetool::cli
