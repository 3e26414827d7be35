// Different models in one process, each on a thread of its own: they are loaded, run and dropped again and again, on
// one pool, with one weight store, one packed cache and one set of scratch arenas, and give what they give alone.
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "conformance/llm_files.h"
#include "conformance/opened_bundle.h"
#include "conformance/packed_folder.h"

namespace {

using namespace ptetool;
using cache_test::Folder;
using llm::LanguageModel;

constexpr int kRounds = 6;
constexpr std::size_t kTokens = 4;  // of an answer

// What all threads have in common.
struct Process {
  std::shared_ptr<PackedCache> cache;
  std::shared_ptr<WeightStore> store;
  std::shared_ptr<const ThreadPool> pool;
  std::shared_ptr<ScratchArenas> scratch;

  LoadOptions options() const {
    LoadOptions result;
    result.threads = pool;
    result.scratch = scratch;
    return result;
  }
};

Process make_process(const Folder& folder) {
  auto cache = PackedCache::open(cache_test::at(folder));
  REQUIRE(cache);
  auto store = std::make_shared<WeightStore>(*cache);
  return {std::move(*cache), std::move(store), std::make_shared<const ThreadPool>(2), make_scratch_arenas()};
}

// One workspace, so one thread.
std::unique_ptr<DelegateBackend> backend_of(const Process& process) {
  auto backend = make_xnnpack_backend(process.pool, {process.store, false, UndelegatedOperators::All});
  return backend ? std::move(*backend) : nullptr;
}

// doctest's checks are for its own thread: the first that went wrong is told, "" if nothing did.
std::string answer(const Process& process, const std::shared_ptr<const Model>& model,
                   const llm_test::Expected& expected, const llm_test::Case& each) {
  const auto backend = backend_of(process);
  DelegateBackend* backends[] = {backend.get()};
  const auto loaded = LanguageModel::load(model, process.options(), backends);
  if (!loaded) return loaded.error().line();
  LanguageModel& llm = **loaded;
  for (std::size_t step = 0; step < kTokens; ++step) {
    const auto turn = llm.method().turn();
    const auto tokens = step == 0 ? std::span<const llm::TokenId>(llm_test::kPrompt)
                                  : std::span<const llm::TokenId>(expected.tokens).subspan(step - 1, 1);
    const auto logits = llm.feed(tokens);
    if (!logits) return logits.error().line();
    const float* wanted = expected.logits.data() + step * llm.vocab_size();
    if (llm_test::excess(*logits, wanted, each.rtol, each.atol) > 0) return each.name + std::string(": wrong logits");
  }
  return "";
}

std::string check(const Process& process, const Bundle& bundle, const std::shared_ptr<const Model>& model) {
  const auto backend = backend_of(process);
  DelegateBackend* backends[] = {backend.get()};
  RunRequest request;
  request.load = process.options();
  const BundleRun run = run_bundle(bundle, model, request, backends, cache_test::kTolerance);
  if (!run.failures.empty()) return run.failures.front().line();
  return run.agree ? "" : bundle.bundle.file->name() + ": wrong outputs";
}

TEST_CASE("language models and networks for images that threads load, run and drop at the same time") {
  const Folder folder;
  const Process process = make_process(folder);
  struct Language {
    llm_test::Case each;
    std::shared_ptr<const Model> model;
    llm_test::Expected expected;
  };
  std::vector<Language> languages;
  for (const auto& each : llm_test::kCases) {
    languages.push_back({each, llm_test::open_model(each.program, each.data), llm_test::read_expected(each.name)});
  }
  std::vector<Opened> bundles;
  for (const char* name : {"models/image_classifier.bpte", "execution/merged.bpte", "execution/chains.bpte",
                           "xnnpack/static_networks.bpte", "xnnpack/spatial.bpte"}) {
    bundles.push_back(open_bundle(name));
  }
  std::string wrong[3];
  std::atomic<int> going = 3;
  const auto repeat = [&](std::string& first, auto&& once) {
    for (int round = 0; round < kRounds && first.empty(); ++round) first = once(static_cast<std::size_t>(round));
    --going;
  };
  // Both adapters and the model without, so that two threads use the same weights.
  const auto talk = [&](std::size_t start) {
    return [&, start](std::size_t round) {
      const Language& language = languages[(start + round) % languages.size()];
      return answer(process, language.model, language.expected, language.each);
    };
  };
  std::thread first([&] { repeat(wrong[0], talk(0)); });
  std::thread second([&] { repeat(wrong[1], talk(1)); });
  std::thread images([&] {
    repeat(wrong[2], [&](std::size_t round) {
      const Opened& opened = bundles[round % bundles.size()];
      return check(process, *opened.bundle, opened.model);
    });
  });
  // Somebody clears the folder now and then, so that weights are packed, written and found again.
  while (going > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::error_code error;
    for (const auto& path : folder.files()) {
      if (path.extension() == ".packed") std::filesystem::remove(path, error);
    }
    CHECK(process.store->statistics().packed_bytes < (std::uint64_t{1} << 30));
  }
  for (auto* each : {&first, &second, &images}) each->join();
  for (const auto& each : wrong) CHECK(each == "");
  CHECK(process.store->statistics().entries == 0);
  CHECK(process.store->statistics().packs > 0);
  for (const Error& note : process.cache->take_notes()) FAIL_CHECK(note.line());
}

}  // namespace
