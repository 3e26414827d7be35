// A flag that the signal handler sets. At the second Ctrl-C the handler puts the system's own answer back and raises
// the signal again.
#include "interrupt.h"

#include <csignal>

namespace ptetool::cli {

namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t noted = 0;

extern "C" void note(int signal) {
  if (noted != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  noted = 1;
}

}  // namespace

Interrupt::Interrupt() {
  noted = 0;
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // text that a slow terminal has not taken yet is not lost
  sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() { std::signal(SIGINT, SIG_DFL); }

bool Interrupt::raised() const { return noted != 0; }

}  // namespace ptetool::cli
