// Every thread multiplies tiles that stay in its caches, then reads its part of 64 MiB; the best of three rounds
// counts.
#include "runtime/peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "ops/simd/tile.h"

namespace ptetool {

namespace {

constexpr int kRounds = 3;  // the best counts

// Seconds that `body` takes when every thread does it once.
double best_seconds(const ThreadPool* threads, const std::function<void()>& body) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    if (threads) {
      threads->each_range(threads->size(), 1, [&](std::int64_t, std::int64_t) { body(); });
    } else {
      body();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (round == 0 || seconds < best) best = seconds;
  }
  return best;
}

}  // namespace

Peak measure_peak(const ThreadPool* threads) {
  using namespace ops::simd;
  const double count = threads ? threads->size() : 1;
  Peak peak;
  constexpr std::int64_t kDepth = 128;
  constexpr int kTiles = 4000;
  const std::int64_t columns = tile_columns<float>();
  const auto multiply = [&] {
    const std::vector<float> a(static_cast<std::size_t>(kDepth * kTileRows), 0.5f);
    const std::vector<float> b(static_cast<std::size_t>(kDepth * columns), 0.5f);
    std::vector<float> tile(static_cast<std::size_t>(kTileRows * columns));
    for (int i = 0; i < kTiles; ++i) {
      multiply_tile(a.data(), b.data(), columns, kDepth, kTileRows, columns, tile.data(), columns, false);
    }
  };
  const double operations = 2.0 * kDepth * kTileRows * static_cast<double>(columns) * kTiles * count;
  peak.gflops = operations / best_seconds(threads, multiply) * 1e-9;
  // Larger than the caches that a thread may have to itself.
  const std::vector<std::uint64_t> memory((std::size_t{64} << 20) / sizeof(std::uint64_t), 1);
  std::atomic<std::uint64_t> sink = 0;
  std::atomic<std::size_t> part = 0;
  const std::size_t step = memory.size() / static_cast<std::size_t>(count);
  const auto read = [&] {
    const std::size_t begin = (part++ % static_cast<std::size_t>(count)) * step;
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < begin + step; ++i) sum += memory[i];
    sink += sum;
  };
  peak.gigabytes = static_cast<double>(memory.size() * sizeof(std::uint64_t)) / best_seconds(threads, read) * 1e-9;
  return peak;
}

}  // namespace ptetool
