// The packed cache on disk: a second start packs nothing, and no state of the folder gives wrong results.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "conformance/packed_folder.h"
#include "ptetool/format/packed_weights.h"

namespace {

using namespace ptetool;
using namespace ptetool::cache_test;

constexpr const char* kBundle = "xnnpack/static_matrices_channel.bpte";

TEST_CASE("a second start finds everything and packs nothing") {
  const Folder folder;
  const Outcome cold = run_all(kBundle, at(folder));
  CHECK(cold.agree);
  CHECK(cold.cache.written > 0);
  CHECK(cold.cache.written == folder.files().size());
  CHECK(cold.notes.empty());
  const Outcome warm = run_all(kBundle, at(folder));
  CHECK(warm.agree);
  CHECK(warm.cache.found == cold.cache.written);
  CHECK(warm.cache.found_bytes == cold.cache.written_bytes);
  CHECK(warm.cache.written == 0);
  CHECK(warm.weights.packs == 0);
  CHECK(warm.notes.empty());
}

TEST_CASE("weights that are packed anew are used from their file at once") {
  const Folder folder;
  const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/" + std::string(kBundle));
  REQUIRE(artifact);
  const auto model = std::make_shared<const Model>(link(artifact->program(), {}));
  const auto cache = PackedCache::open(at(folder));
  REQUIRE(cache);
  const auto store = std::make_shared<WeightStore>(*cache);
  const auto backend = make_xnnpack_backend(nullptr, {store, false});
  REQUIRE(backend);
  DelegateBackend* backends[] = {backend->get()};
  LoadOptions options;
  options.method = "conv";
  const auto method = Method::load(model, options, backends);
  REQUIRE(method);
  CHECK(store->statistics().packed_bytes > 0);
  CHECK(store->statistics().file_bytes == store->statistics().packed_bytes);
}

TEST_CASE("a file with one wrong byte is passed over, said so, and written anew") {
  const Folder folder;
  const Outcome cold = run_all(kBundle, at(folder));
  for (const fs::path& path : folder.files()) overwrite(path, packed::kHeaderBytes + 5, "\x7f\x7f\x7f");
  const Outcome damaged = run_all(kBundle, at(folder));
  CHECK(damaged.agree);
  CHECK(damaged.cache.found == 0);
  CHECK(damaged.cache.rejected == cold.cache.written);
  CHECK(damaged.cache.written == cold.cache.written);
  REQUIRE(damaged.notes.size() == cold.cache.written);
  CHECK(damaged.notes.front().message ==
        "is damaged: the weights do not have their checksum; these weights are packed anew");
  CHECK(run_all(kBundle, at(folder)).cache.found == cold.cache.written);
}

TEST_CASE("truncated, empty, foreign and unreadable files are passed over") {
  const Folder folder;
  const Outcome cold = run_all(kBundle, at(folder));
  const auto damage = [&](auto&& how) {
    for (const fs::path& path : folder.files()) how(path);
    const Outcome outcome = run_all(kBundle, at(folder));
    CHECK(outcome.agree);
    CHECK(outcome.cache.rejected == cold.cache.written);
    CHECK(outcome.notes.size() == cold.cache.written);
    CHECK(run_all(kBundle, at(folder)).cache.found == cold.cache.written);
  };
  SUBCASE("cut") {
    damage([](const fs::path& path) { fs::resize_file(path, fs::file_size(path) - 1); });
  }
  SUBCASE("cut inside the header") {
    damage([](const fs::path& path) { fs::resize_file(path, 100); });
  }
  SUBCASE("empty") {
    damage([](const fs::path& path) { fs::resize_file(path, 0); });
  }
  SUBCASE("zeros") {
    damage([](const fs::path& path) {
      const auto size = fs::file_size(path);
      fs::resize_file(path, 0);
      fs::resize_file(path, size);
    });
  }
  SUBCASE("another format") {
    damage([](const fs::path& path) {
      fs::copy_file(PTETOOL_SOURCE_DIR "/testdata/linear/linear.pte", path, fs::copy_options::overwrite_existing);
    });
  }
}

TEST_CASE("a file of another XNNPACK, of another processor or of other weights is stale") {
  const Folder folder;
  run_all(kBundle, at(folder));
  const auto rewrite = [&](auto&& change) {
    for (const fs::path& path : folder.files()) {
      std::vector<std::uint8_t> whole;
      {
        const auto file = File::open(path.string());
        REQUIRE(file);
        auto description = packed::read_packed_weights(*file);
        REQUIRE(description);
        change(*description);
        whole = packed::packed_header(*description);
        const ByteView rest = (*file)->bytes().subspan(packed::kHeaderBytes);
        whole.insert(whole.end(), rest.begin(), rest.end());
      }
      REQUIRE(write_file(path.string(), whole));
    }
    const Outcome outcome = run_all(kBundle, at(folder));
    CHECK(outcome.agree);
    CHECK(outcome.cache.found == 0);
    REQUIRE(!outcome.notes.empty());
    return outcome.notes.front().message;
  };
  CHECK(rewrite([](packed::PackedFile& file) { file.build = "00ff"; }) ==
        "is stale: packed by another build of XNNPACK; these weights are packed anew");
  CHECK(rewrite([](packed::PackedFile& file) { file.cpu = "abacus"; }) ==
        "is stale: packed for another processor; these weights are packed anew");
  CHECK(rewrite([](packed::PackedFile& file) { file.key[0] ^= 1; }) ==
        "is stale: it holds other weights than its name says; these weights are packed anew");
}

TEST_CASE("a folder that cannot be written costs a note and nothing else") {
  const Folder folder;
  if (::geteuid() == 0) {
    // Root writes everywhere; a folder in the place of each file refuses as well.
    run_all(kBundle, at(folder));
    for (const fs::path& path : folder.files()) {
      fs::remove(path);
      fs::create_directory(path);
      std::ofstream(path / "inside") << "x";
    }
  } else {
    fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
  }
  const Outcome outcome = run_all(kBundle, at(folder));
  CHECK(outcome.agree);
  CHECK(outcome.cache.written == 0);
  CHECK(!outcome.notes.empty());
  CHECK(!PackedCache::open({"/dev/null/cache"}));
}

TEST_CASE("the folder stays below its limit: what was used longest ago goes first") {
  const Folder folder;
  run_all(kBundle, at(folder));
  const auto old_files = folder.files();
  std::uint64_t size = 0;
  for (const fs::path& path : old_files) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
    size += fs::file_size(path);
  }
  PackedCacheOptions options = at(folder);
  options.max_bytes = size;
  const Outcome other = run_all("xnnpack/linear.bpte", options);
  CHECK(other.agree);
  CHECK(other.cache.written > 0);
  CHECK(other.cache.removed > 0);
  std::uint64_t left = 0;
  for (const fs::path& path : folder.files()) left += fs::file_size(path);
  CHECK(left <= size);
  // Nothing that is in use is removed, be the limit ever so small.
  options.max_bytes = 1;
  CHECK(run_all("xnnpack/linear.bpte", options).agree);
  CHECK(run_all("xnnpack/linear.bpte", options).cache.removed == 0);
}

TEST_CASE("processes that write at the same time end with sound files") {
  const Folder folder;
  write_in_processes(folder, 3, [&] {
    const Outcome outcome = run_all(kBundle, at(folder));
    return outcome.agree && outcome.notes.empty();
  });
  const Outcome after = run_all(kBundle, at(folder));
  CHECK(after.agree);
  CHECK(after.notes.empty());
}

TEST_CASE("threads with a store each, and with one together, share one folder") {
  const Folder folder;
  std::vector<std::string> wrong(4);
  std::vector<std::thread> threads;
  const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/" + std::string(kBundle));
  REQUIRE(artifact);
  const auto bundle = std::get<std::shared_ptr<const Bundle>>(artifact->content);
  const auto model = std::make_shared<const Model>(link(bundle->program, {}));
  const auto cache = PackedCache::open(at(folder));
  REQUIRE(cache);
  const auto shared_store = std::make_shared<WeightStore>(*cache);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto store = t % 2 == 0 ? shared_store : std::make_shared<WeightStore>(*cache);
      const auto backend = make_xnnpack_backend(nullptr, {store, false});
      if (!backend) {
        wrong[t] = backend.error().line();
        return;
      }
      DelegateBackend* backends[] = {backend->get()};
      for (int round = 0; round < 4; ++round) {
        const BundleRun run = run_bundle(*bundle, model, {}, backends, kTolerance);
        if (!run.agree || !run.failures.empty()) wrong[t] = "round " + std::to_string(round);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& each : wrong) CHECK(each == "");
  CHECK((*cache)->take_notes().empty());
}

}  // namespace
