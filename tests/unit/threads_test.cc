// Loops that are split over threads visit everything once, whatever the numbers.
#include <doctest/doctest.h>

#include <atomic>
#include <vector>

#include "ops/lines.h"
#include "ops_call.h"
#include "ptetool/base/threads.h"

namespace {

using namespace ptetool;

TEST_CASE("a pool calls every item once, in ranges of at most the grain") {
  for (const unsigned threads : {1u, 2u, 3u}) {
    const ThreadPool pool(threads);
    CHECK(pool.size() == threads);
    for (const std::int64_t count : {0, 1, 7, 1000}) {
      for (const std::int64_t grain : {1, 3, 5000}) {
        std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
        std::atomic<bool> fits = true;
        pool.each_range(count, grain, [&](std::int64_t begin, std::int64_t end) {
          if (end - begin > grain) fits = false;
          for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
        });
        CHECK(fits);
        for (const auto& times : seen) CHECK(times == 1);
      }
    }
  }
}

TEST_CASE("parts of a walk visit what the whole walk visits") {
  const Sizes sizes{3, 4, 10};
  const ops::Walk<2> walk(sizes, {Strides{40, 10, 1}, Strides{1, 0, 3}});
  for (const std::int64_t most : {1, 3, 10, 64}) {
    using Piece = std::pair<std::array<std::int64_t, 2>, std::int64_t>;
    std::vector<Piece> whole;
    walk.each_piece(most, [&](const auto& offsets, std::int64_t count) { whole.emplace_back(offsets, count); });
    REQUIRE(walk.pieces(most) == static_cast<std::int64_t>(whole.size()));
    for (const std::int64_t step : {1, 2, 5, 1000}) {
      std::vector<Piece> parts;
      for (std::int64_t first = 0; first < walk.pieces(most); first += step) {
        walk.each_piece(most, first, std::min(first + step, walk.pieces(most)),
                        [&](const auto& offsets, std::int64_t count) { parts.emplace_back(offsets, count); });
      }
      CHECK(parts == whole);
    }
  }
}

TEST_CASE("elementwise results do not depend on the number of threads") {
  constexpr std::int64_t kCount = 300'007;
  std::vector<float> a(kCount), b(kCount), out(kCount);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i % 1013) - 500.0f;
    b[i] = static_cast<float>(i % 17);
  }
  const BoundOperator& op = *find_operator("aten::add.out");
  const auto tensor = [&](std::vector<float>& numbers) {
    const std::int64_t sizes[] = {kCount};
    Tensor made = make_tensor(ScalarType::Float, sizes);
    made.data = numbers.data();
    return made;
  };
  const ThreadPool pool(3);
  std::vector<Value> values = {tensor(a), tensor(b), std::int64_t{2}, tensor(out)};
  const std::int32_t args[] = {0, 1, 2, 3, 3};
  Call call(op, values, args, &pool);
  REQUIRE(op.row->kernel(call));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.size(); ++i) wrong += out[i] == a[i] + 2 * b[i] ? 0 : 1;
  CHECK(wrong == 0);
}

TEST_CASE("a number inside the memory that is written is read before") {
  constexpr std::int64_t kCount = 200'000;
  std::vector<float> numbers(kCount, 3.0f);
  const std::int64_t sizes[] = {kCount};
  Tensor all = make_tensor(ScalarType::Float, sizes);
  all.data = numbers.data();
  const std::int64_t one[] = {1};
  Tensor first = make_tensor(ScalarType::Float, one);
  first.data = numbers.data() + 5;
  const BoundOperator& op = *find_operator("aten::mul.out");
  const ThreadPool pool(2);
  std::vector<Value> values = {all, first, all};
  const std::int32_t args[] = {0, 1, 2, 2};
  Call call(op, values, args, &pool);
  REQUIRE(op.row->kernel(call));
  std::size_t wrong = 0;
  for (const float number : numbers) wrong += number == 9.0f ? 0 : 1;
  CHECK(wrong == 0);
}

}  // namespace
