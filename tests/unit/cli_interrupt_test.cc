// Ctrl-C at a terminal while a language model answers: the program is started on a pseudo-terminal, and typed at.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

// The program of $PTETOOL in testdata/, on a terminal of its own.
class Terminal {
 public:
  explicit Terminal(std::vector<std::string> arguments) : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    // Kept open, so that its settings can be looked at in the end.
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    REQUIRE(slave_ >= 0);
    REQUIRE(tcgetattr(slave_, &before_) == 0);
    arguments.insert(arguments.begin(), std::getenv("PTETOOL"));
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    const std::string name = ptsname(master_);
    child_ = fork();
    if (child_ != 0) return;
    // From here on in the child: a session whose terminal this is.
    setsid();
    const int terminal = open(name.c_str(), O_RDWR);
    for (int stream = 0; stream < 3; ++stream) dup2(terminal, stream);
    if (terminal > 2) close(terminal);
    if (chdir(PTETOOL_SOURCE_DIR "/testdata") == 0) execv(pointers[0], pointers.data());
    _exit(127);
  }
  ~Terminal() {
    close(slave_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) const {
    REQUIRE(write(master_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  // Everything that is shown until this is, or nothing for a minute.
  bool see(const std::string& text) {
    while (shown_.find(text, seen_) == std::string::npos) {
      if (!read_more(60'000)) return false;
    }
    seen_ = shown_.find(text, seen_) + text.size();
    return true;
  }

  // The status of waitpid(), with all that was shown.
  int finish() {
    int status = 0;
    while (waitpid(child_, &status, WNOHANG) == 0) read_more(20);
    while (read_more(0)) {
    }
    return status;
  }

  const std::string& shown() const { return shown_; }
  bool settings_are_as_before() const {
    termios now{};
    return tcgetattr(slave_, &now) == 0 && now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           now.c_oflag == before_.c_oflag;
  }

 private:
  bool read_more(int milliseconds) {
    pollfd wait{master_, POLLIN, 0};
    if (poll(&wait, 1, milliseconds) <= 0) return false;
    char buffer[4096];
    const ssize_t count = read(master_, buffer, sizeof buffer);
    if (count <= 0) return false;
    shown_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  int master_, slave_ = -1;
  pid_t child_ = -1;
  termios before_{};
  std::string shown_;
  std::size_t seen_ = 0;
};

const std::vector<std::string> kModel{"--data", "llm/fp32/foundation.ptd", "--backend", "portable", "--ignore-eos"};

}  // namespace

TEST_CASE("Ctrl-C ends an answer: what there is of it is reported, and the status is 130") {
  if (!std::getenv("PTETOOL")) return;
  // So many that it cannot be over by itself before the key is pressed.
  std::vector<std::string> arguments{"run", "--prompt-ids", "1,17,200", "--color", "never"};
  arguments.insert(arguments.end(), 200, "llm/fp32/base.pte");
  arguments.insert(arguments.end(), kModel.begin(), kModel.end());
  Terminal terminal(arguments);
  REQUIRE(terminal.see(","));
  terminal.type("\x03");
  const int status = terminal.finish();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(terminal.shown().find("interrupted") != std::string::npos);
  CHECK(terminal.shown().find("decode tokens/s") != std::string::npos);
  CHECK(terminal.shown().ends_with("\n"));
  CHECK(terminal.settings_are_as_before());
}

TEST_CASE("Ctrl-C in a conversation ends the answer, then what is typed next is answered") {
  if (!std::getenv("PTETOOL")) return;
  std::vector<std::string> arguments{"run", "llm/fp32/base.pte", "--interactive", "-v"};
  arguments.insert(arguments.end(), kModel.begin(), kModel.end());
  Terminal terminal(arguments);
  REQUIRE(terminal.see("> "));
  terminal.type("1,17,200\n");
  REQUIRE(terminal.see("\n"));  // the echo of the line
  REQUIRE(terminal.see(","));
  terminal.type("\x03");
  REQUIRE(terminal.see("ended by "));
  const bool in_time = terminal.see("interrupted");
  CHECK(in_time);
  REQUIRE(terminal.see("> "));
  terminal.type("/reset\n1\n");
  REQUIRE(terminal.see("ended by "));
  REQUIRE(terminal.see("> "));
  terminal.type("\x04");
  CHECK(terminal.finish() == 0);
  CHECK(terminal.settings_are_as_before());
}

TEST_CASE("Ctrl-C before a message ends the conversation") {
  if (!std::getenv("PTETOOL")) return;
  std::vector<std::string> arguments{"run", "llm/fp32/base.pte", "--interactive"};
  arguments.insert(arguments.end(), kModel.begin(), kModel.end());
  Terminal terminal(arguments);
  REQUIRE(terminal.see("> "));
  terminal.type("\x03");
  const int status = terminal.finish();
  CHECK(WIFSIGNALED(status));
  CHECK(terminal.settings_are_as_before());
}
