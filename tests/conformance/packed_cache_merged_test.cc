// The packed cache under graphs that delegates and the operators between them became (lib/xnnpack/lower_delegate.cc):
// weights of blobs, of named data, and constants that were folded or turned when the program was loaded.
#include "conformance/packed_folder.h"
#include "ptetool/format/packed_weights.h"

namespace {

using namespace ptetool;
using namespace ptetool::cache_test;

constexpr UndelegatedOperators kOperators = UndelegatedOperators::All;
constexpr const char* kBundles[] = {"execution/merged.bpte", "execution/chains.bpte"};

// Every output of every test case, byte for byte, as a process of its own computes them; `cache` null: without one.
std::vector<std::vector<std::uint8_t>> outputs_of(const std::string& name, std::shared_ptr<PackedCache> cache) {
  const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/" + name);
  REQUIRE(artifact);
  const auto bundle = std::get<std::shared_ptr<const Bundle>>(artifact->content);
  const auto model = std::make_shared<const Model>(link(bundle->program, {}));
  const auto store = std::make_shared<WeightStore>(std::move(cache));
  const auto backend = make_xnnpack_backend(nullptr, {store, false, kOperators});
  REQUIRE(backend);
  DelegateBackend* backends[] = {backend->get()};
  std::vector<std::vector<std::uint8_t>> result;
  for (const auto& suite : bundle->bundle.test_suites) {
    for (const auto& test : suite.test_cases) {
      RunRequest request;
      request.load.method = std::string(suite.method_name);
      request.values.emplace();
      for (const auto& input : test.inputs) request.values->push_back(*host_value(input));
      const auto ran = run(model, request, backends);
      REQUIRE_MESSAGE(ran, (ran ? std::string() : ran.error().line()));
      for (const HostValue& output : ran->calls[0].outputs) {
        const auto* tensor = std::get_if<OwnedTensor>(&output);
        if (!tensor) continue;
        const ByteView bytes = tensor->tensor.bytes();
        result.emplace_back(bytes.begin(), bytes.end());
      }
    }
  }
  return result;
}

TEST_CASE("the second start of merged graphs packs nothing, and computes the very same") {
  for (const char* name : kBundles) {
    CAPTURE(name);
    const Folder folder;
    const Outcome cold = run_all(name, at(folder), kOperators);
    CHECK(cold.agree);
    CHECK(cold.cache.written > 0);
    CHECK(cold.cache.written == cold.weights.packs);
    CHECK(cold.cache.written == folder.files().size());
    const Outcome warm = run_all(name, at(folder), kOperators);
    CHECK(warm.agree);
    CHECK(warm.weights.packs == 0);
    CHECK(warm.cache.written == 0);
    // A file is found once more by each method that uses its weights.
    CHECK(warm.cache.found == cold.cache.written + cold.cache.found);
    CHECK(warm.cache.found_bytes == cold.cache.written_bytes + cold.cache.found_bytes);
    CHECK(warm.notes.empty());
    const auto without = outputs_of(name, nullptr);
    const auto cache = PackedCache::open(at(folder));
    REQUIRE(cache);
    CHECK(outputs_of(name, *cache) == without);
    CHECK((*cache)->statistics().written == 0);
  }
}

TEST_CASE("weights are the same to the cache, whether their delegate is merged or stands alone") {
  const Folder folder;
  run_all(kBundles[0], at(folder), kOperators);
  const Outcome alone = run_all(kBundles[0], at(folder), UndelegatedOperators::None);
  CHECK(alone.agree);
  CHECK(alone.cache.found > 0);
  CHECK(alone.cache.written == 0);
}

TEST_CASE("a damaged file of a merged graph is passed over, said so, and written anew") {
  const Folder folder;
  const Outcome cold = run_all(kBundles[0], at(folder), kOperators);
  const auto victim = folder.files().front();
  overwrite(victim, packed::kHeaderBytes + 5, "\x7f\x7f\x7f");
  const Outcome damaged = run_all(kBundles[0], at(folder), kOperators);
  CHECK(damaged.agree);
  CHECK(damaged.cache.rejected == 1);
  CHECK(damaged.cache.written == 1);
  REQUIRE(damaged.notes.size() == 1);
  CHECK(damaged.notes.front().file == victim.string());
  const Outcome mended = run_all(kBundles[0], at(folder), kOperators);
  CHECK(mended.cache.found == cold.cache.written + cold.cache.found);
  CHECK(mended.notes.empty());
}

TEST_CASE("processes that write a merged graph's weights at the same time end with sound files") {
  const Folder folder;
  const auto wanted = outputs_of(kBundles[0], nullptr);
  write_in_processes(folder, 2, [&] {
    const auto cache = PackedCache::open(at(folder));
    return cache && outputs_of(kBundles[0], *cache) == wanted && (*cache)->take_notes().empty();
  });
  const Outcome after = run_all(kBundles[0], at(folder), kOperators);
  CHECK(after.agree);
  CHECK(after.notes.empty());
}

}  // namespace
