// A packed cache in a folder of its own, and starts of processes that use it.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/runtime/checks.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"
#include "temporary_folder.h"

namespace ptetool::cache_test {

namespace fs = std::filesystem;

using Folder = test::TemporaryFolder;

// Quantised outputs may be one quantum off (<name>.tolerances); what is judged here is where weights come from.
inline constexpr Tolerance kTolerance{0.01, 0.01};

struct Outcome {
  bool agree = false;
  WeightStatistics weights;
  PackedCacheStatistics cache;
  std::vector<Error> notes;
};

// Runs every test case of a bundle as a process of its own would: with a new store.
inline Outcome run_all(const std::string& name, PackedCacheOptions options,
                       UndelegatedOperators operators = UndelegatedOperators::None) {
  const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/" + name);
  REQUIRE(artifact);
  const auto bundle = std::get<std::shared_ptr<const Bundle>>(artifact->content);
  const auto model = std::make_shared<const Model>(link(bundle->program, {}));
  const auto cache = PackedCache::open(std::move(options));
  REQUIRE_MESSAGE(cache, (cache ? std::string() : cache.error().line()));
  const auto store = std::make_shared<WeightStore>(*cache);
  const auto backend = make_xnnpack_backend(nullptr, {store, false, operators});
  REQUIRE(backend);
  DelegateBackend* backends[] = {backend->get()};
  RunRequest request;
  request.load.checksums = verify::Checksums::Off;
  const BundleRun run = run_bundle(*bundle, model, request, backends, kTolerance);
  CHECK(run.failures.empty());
  return {run.agree && run.failures.empty(), store->statistics(), (*cache)->statistics(), (*cache)->take_notes()};
}

// `start` is called four times in each of `count` processes at once and has to say that all was well; the first process
// takes away between them what all have written, so that it is written again.
template <class Start>
void write_in_processes(const Folder& folder, int count, Start&& start) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      bool well = true;
      for (int round = 0; round < 4; ++round) {
        well = start() && well;
        std::error_code error;
        for (fs::directory_iterator entry(folder.path, error), end; i == 0 && !error && entry != end;
             entry.increment(error)) {
          std::error_code gone;
          if (entry->path().extension() == ".packed") fs::remove(entry->path(), gone);
        }
      }
      ::_exit(well ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

inline PackedCacheOptions at(const Folder& folder) { return {folder.path.string()}; }

inline void overwrite(const fs::path& path, std::uint64_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace ptetool::cache_test
