// Attention and caches called directly: what is refused before anything is written, and rows that see no key.
#include <cmath>
#include <limits>

#include "ops_call.h"

using namespace ptetool;
using namespace ptetool::test;

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Two queries of two heads, four keys of one head, size 1: scores are query times key.
OpCall attention(std::int64_t start, bool causal) {
  OpCall call("llama::custom_sdpa.out");
  call.tensor<float>(kFloat, {1, 2, 2, 1}, {0, 0, 0, 0}).tensor<float>(kFloat, {1, 4, 1, 1}, {1, 2, 3, 4});
  call.tensor<float>(kFloat, {1, 4, 1, 1}, {2, 4, 6, 8}).add(start).add(None{}).add(0.0).add(causal).add(None{});
  call.out<float>(kFloat, {1, 2, 2, 1});
  return call;
}

OpCall update(std::int64_t start) {
  OpCall call("llama::update_cache.out");
  call.tensor<float>(kFloat, {1, 2, 1, 1}, {5, 6}).tensor<float>(kFloat, {1, 3, 1, 1}, {0, 0, 0}).add(start);
  call.out<float>(kFloat, {1});
  return call;
}

Floats cache_of(const OpCall& call) {
  const auto& cache = std::get<Tensor>(const_cast<OpCall&>(call).values()[1]);
  return {cache.as<float>(), cache.as<float>() + cache.numel()};
}

}  // namespace

TEST_CASE("queries see the keys up to their own position") {
  OpCall causal = attention(1, true);
  REQUIRE(causal.run());
  CHECK(causal.elements<float>() == Floats{3, 3, 4, 4});
  OpCall open = attention(1, false);
  REQUIRE(open.run());
  CHECK(open.elements<float>() == Floats{4, 4, 4, 4});
}

TEST_CASE("attention refuses positions, masks and heads that do not fit") {
  CHECK(message_of(attention(3, true).run()) == "llama::custom_sdpa.out: 2 queries from position 3 on leave 4 keys");
  CHECK(message_of(attention(-1, true).run()).find("from position -1 on") != std::string::npos);
  CHECK(!attention(std::numeric_limits<std::int64_t>::max(), true).run());

  OpCall masked = attention(0, false);
  masked.values()[4] = make_tensor(kFloat, Sizes{2, 3});
  CHECK(message_of(masked.run()) == "llama::custom_sdpa.out: a mask of shape [2, 3] for 2 queries and 4 keys");
  masked.values()[6] = true;
  CHECK(message_of(masked.run()) == "llama::custom_sdpa.out: attn_mask and is_causal exclude each other");

  OpCall heads = attention(0, false);
  std::get<Tensor>(heads.values()[0]).sizes = {1, 1, 3, 1};
  std::get<Tensor>(heads.values()[1]).sizes = {1, 2, 2, 1};
  std::get<Tensor>(heads.values()[2]).sizes = {1, 2, 2, 1};
  CHECK(message_of(heads.run()).find("a query of shape [1, 1, 3, 1] does not go with") != std::string::npos);

  OpCall dtype = attention(0, false);
  std::get<Tensor>(dtype.values()[1]).dtype = ScalarType::Int;
  CHECK(message_of(dtype.run()) == "llama::custom_sdpa.out: query is float32, key is int32");
}

TEST_CASE("a query that sees no key gives NaN, its neighbours do not") {
  OpCall call = attention(0, false);
  std::array<float, 8> mask = {kNever, kNever, kNever, kNever, kNever, 0, kNever, kNever};
  Tensor described = make_tensor(kFloat, Sizes{2, 4});
  described.data = mask.data();
  call.values()[4] = described;
  REQUIRE(call.run());
  CHECK(std::isnan(call.elements<float>()[0]));
  CHECK(std::isnan(call.elements<float>()[1]));
  CHECK(call.elements<float>()[2] == 4);
  CHECK(call.elements<float>()[3] == 4);
}

TEST_CASE("caches are written where there is room, or not at all") {
  OpCall call = update(1);
  REQUIRE(call.run());
  CHECK(cache_of(call) == Floats{0, 5, 6});
  OpCall beyond = update(2);
  CHECK(message_of(beyond.run()) == "llama::update_cache.out: 2 rows from position 2 on leave a cache of 3 positions");
  CHECK(cache_of(beyond) == Floats{0, 0, 0});
  CHECK(!update(-1).run());
  CHECK(!update(std::numeric_limits<std::int64_t>::max()).run());

  OpCall indexed("llama::update_cache_with_indices.out");
  indexed.tensor<float>(kFloat, {1, 2, 1, 1}, {5, 6}).tensor<float>(kFloat, {1, 3, 1, 1}, {0, 0, 0});
  indexed.add(std::int64_t{0}).tensor<std::int64_t>(ScalarType::Long, {1, 2}, {2, 3}).out<float>(kFloat, {1});
  CHECK(message_of(indexed.run()) == "llama::update_cache_with_indices.out: index 3 into a cache of 3 positions");
  CHECK(cache_of(indexed) == Floats{0, 0, 0});
  std::get<Tensor>(indexed.values()[3]).as<std::int64_t>()[1] = 0;
  REQUIRE(indexed.run());
  CHECK(cache_of(indexed) == Floats{6, 0, 5});
}

TEST_CASE("Hadamard transforms exist for powers of two and 28 times those") {
  OpCall call("llama::fast_hadamard_transform.out");
  call.tensor<float>(kFloat, {1, 4}, {1, 0, 0, 0}).out<float>(kFloat, {1, 4});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{0.5f, 0.5f, 0.5f, 0.5f});
  std::get<Tensor>(call.values()[0]).sizes = {1, 3};
  CHECK(message_of(call.run()).find("rows of 3 elements are neither 2^n long nor 28 times that") != std::string::npos);
}

TEST_CASE("images are cut into whole tiles only") {
  OpCall call("preprocess::tile_crop.out");
  call.tensor<float>(kFloat, {1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}).add(std::int64_t{2}).out<float>(kFloat, {2, 1, 2, 2});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == Floats{0, 1, 4, 5, 2, 3, 6, 7});
  call.values()[1] = std::int64_t{3};
  CHECK(message_of(call.run()).find("cannot be cut into tiles of 3") != std::string::npos);
  call.values()[1] = std::int64_t{0};
  CHECK(!call.run());
}
