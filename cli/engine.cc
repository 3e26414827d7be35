// Options as load options, threads and a weight store. `xnnpack` gives XNNPACK every undelegated operator that it can
// run, `auto` those that it runs faster.
#include "engine.h"

#include <algorithm>
#include <thread>

namespace ptetool::cli {

namespace {

constexpr std::uint64_t kMostThreads = 1024;

}  // namespace

Result<Engine> Engine::make(const Options& options) {
  Engine engine;
  engine.load_.method = options.text("method");
  if (const auto wanted = options.yes_no("checksums")) {
    engine.load_.checksums = *wanted ? verify::Checksums::On : verify::Checksums::Off;
  }
  if (const auto limit = options.number("max-memory")) engine.load_.max_memory = *limit;
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  engine.threads_ =
      static_cast<unsigned>(std::min<std::uint64_t>(options.number("threads").value_or(cores), kMostThreads));
  engine.load_.threads = std::make_shared<const ThreadPool>(engine.threads_);
  PTETOOL_CHECK(engine.open_packed_cache(options));
  return engine;
}

// Weights that come packed from the cache had the SHA-256 of their keys when they were packed, and others are held to
// it before they are written there. So the check beforehand, which reads everything, is left to --checksums.
Result<> Engine::open_packed_cache(const Options& options) {
  const auto folder = options.given("packed-cache");
  if (!folder) return {};
  PackedCacheOptions wanted{*folder};
  wanted.max_bytes = options.number("packed-cache-size").value_or(wanted.max_bytes);
  wanted.checksums = options.yes_no("checksums").value_or(true);
  PTETOOL_ASSIGN(cache_, PackedCache::open(std::move(wanted)));
  weights_ = std::make_shared<WeightStore>(cache_);
  if (!options.yes_no("checksums")) load_.checksums = verify::Checksums::Off;
  return {};
}

Result<std::unique_ptr<DelegateBackend>> Engine::backend(std::string_view name, bool measure) const {
  if (name == "portable") return make_reference_backend(load_.threads);
  const auto operators = name == "xnnpack" ? UndelegatedOperators::All : UndelegatedOperators::WhereFaster;
  return make_xnnpack_backend(load_.threads, {weights_, measure, operators});
}

void Engine::show_notes(Console& console) const {
  if (!cache_) return;
  for (const Error& note : cache_->take_notes()) console.warning(note);
}

bool is_backend(std::string_view text) { return text == "portable" || text == "xnnpack"; }

}  // namespace ptetool::cli
