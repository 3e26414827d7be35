// Runs a command with its output thrown away and prints "seconds kilobytes": wall time and peak resident memory of it.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::execv(argv[1], argv + 1);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
#ifdef __APPLE__
  const long kilobytes = usage.ru_maxrss / 1024;
#else
  const long kilobytes = usage.ru_maxrss;
#endif
  std::printf("%.6f %ld\n", seconds.count(), kilobytes);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
