// Inputs and finished files survive whatever happens while dedupe writes: the process is killed, the disk is full.
#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <random>
#include <set>

#include <sys/resource.h>
#include <sys/wait.h>

#include "dedupe_files.h"
#include "ptetool/format/ptd_write.h"

using namespace dedupe_files;

namespace {

// Two data files, each with every weight twice: 4 MiB to read, 2 MiB to write.
std::vector<std::string> doubled(const Folder& folder) {
  std::vector<std::string> paths;
  std::mt19937 random(7);
  for (const char* name : {"x.ptd", "y.ptd"}) {
    std::vector<std::vector<std::uint8_t>> weights(16, std::vector<std::uint8_t>(65536));
    for (auto& weight : weights) {
      for (auto& byte : weight) byte = static_cast<std::uint8_t>(random());
    }
    ptd::Contents contents;
    std::deque<std::string> keys;
    for (std::size_t i = 0; i < 2 * weights.size(); ++i) {
      contents.entries.push_back(
          {keys.emplace_back(std::string(name) + std::to_string(i)), static_cast<std::uint32_t>(i), std::nullopt});
      contents.segments.push_back(format::SegmentContent::of(weights[i % weights.size()]));
    }
    REQUIRE(write_file(folder / name, format::image_bytes(*ptd::make_ptd(contents))));
    paths.push_back(folder / name);
  }
  return paths;
}

using Contents = std::map<std::string, std::vector<std::uint8_t>>;

Contents contents_of(const std::string& directory) {
  Contents contents;
  if (!fs::exists(directory)) return contents;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    const ByteView bytes = file_bytes(entry.path().string());
    contents[entry.path().filename().string()].assign(bytes.begin(), bytes.end());
  }
  return contents;
}

// Runs `work` in a process of its own; a negative delay: until it ends. Returns the status of waitpid().
template <class Work>
int in_process(double kill_after_us, Work&& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  if (kill_after_us >= 0) {
    ::usleep(static_cast<useconds_t>(kill_after_us));
    ::kill(child, SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("dedupe: a process that is killed leaves its inputs and no half of a file under its name") {
  const Folder folder;
  const auto paths = doubled(folder);
  const Contents inputs = contents_of(folder / "");
  const auto set = dedupe::open_set({}, paths);
  REQUIRE(set);
  const auto plan = dedupe::make_plan(*set, {});
  REQUIRE(plan);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(dedupe::write_plan(*set, *plan, folder / "whole", {}));
  const double whole_us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
  const Contents whole = contents_of(folder / "whole");
  REQUIRE(whole.size() == 3);
  std::mt19937 random(11);
  std::uniform_real_distribution<double> delay(0, 1.2 * whole_us);
  std::set<std::size_t> finished;  // how many files had their names
  for (int round = 0; round < 60; ++round) {
    const std::string out = folder / "out";
    in_process(delay(random), [&] { return dedupe::write_plan(*set, *plan, out, {}) ? 0 : 1; });
    std::size_t named = 0;
    for (const auto& [name, bytes] : contents_of(out)) {
      const auto expected = whole.find(name);
      if (expected == whole.end()) continue;  // a temporary name
      CHECK(bytes == expected->second);
      ++named;
    }
    finished.insert(named);
    fs::remove_all(out);
  }
  for (const auto& [name, bytes] : inputs) {
    const ByteView now = file_bytes(folder / name);
    CHECK(std::ranges::equal(now, bytes));
  }
  CHECK(finished.contains(0));  // the test did interrupt
}

TEST_CASE("dedupe: a full disk is an error, and nothing remains of the attempt") {
  const Folder folder;
  const auto paths = doubled(folder);
  const auto set = dedupe::open_set({}, paths);
  REQUIRE(set);
  const auto plan = dedupe::make_plan(*set, {});
  REQUIRE(plan);
  const std::string out = folder / "out";
  const int status = in_process(-1, [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    const auto written = dedupe::write_plan(*set, *plan, out, {});
    return written ? 1 : written.error().code == ErrorCode::Io ? 0 : 2;
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(contents_of(out).empty());
  CHECK(contents_of(folder / "").size() == 2);
}
