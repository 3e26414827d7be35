// The small tools that everything rests on: checked arithmetic, byte views, texts, hashes, dtypes.
#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "ptetool/base/bytes.h"
#include "ptetool/base/checked.h"
#include "ptetool/base/dtype.h"
#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"

using namespace ptetool;

TEST_CASE("sums and products say when they do not fit") {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  CHECK(checked_add(kMost, std::uint64_t{0}) == kMost);
  CHECK_FALSE(checked_add(kMost, std::uint64_t{1}));
  CHECK_FALSE(checked_mul(std::uint64_t{1} << 32, std::uint64_t{1} << 32));
  CHECK(checked_align_up(129, 128) == 256u);
  CHECK(checked_align_up(128, 128) == 128u);
  CHECK_FALSE(checked_align_up(kMost, 128));
  CHECK(range_within(4, 0, 4));
  CHECK_FALSE(range_within(kMost, 2, 4));
}

TEST_CASE("element counts") {
  CHECK(checked_numel(std::span<const std::int32_t>()) == 1);
  CHECK(checked_numel(std::span<const std::int32_t>(std::array{2, 0, 3})) == 0);
  CHECK_FALSE(checked_numel(std::span<const std::int32_t>(std::array{2, -1})));
}

TEST_CASE("views stay inside, whatever is asked") {
  const std::array<std::uint8_t, 6> bytes = {1, 0, 0, 0, 'E', 'T'};
  CHECK(load<std::uint32_t>(bytes, 0) == 1u);
  CHECK_FALSE(load<std::uint32_t>(bytes, 3));
  CHECK_FALSE(subview(bytes, std::numeric_limits<std::uint64_t>::max(), 2));
  CHECK(has_tag(bytes, 4, "ET"));
  CHECK_FALSE(has_tag(bytes, 5, "ET"));
}

TEST_CASE("names from files cannot reach the terminal") {
  CHECK(escaped("a\nb\x1b[31m\\") == "a\\nb\\x1b[31m\\\\");
  CHECK(escaped("grün ✓") == "grün ✓");
  CHECK(escaped("\xff\xc3") == "\\xff\\xc3");
  CHECK(escaped("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(escaped("abcdef", 3) == "abc…");
}

TEST_CASE("sizes and lists for people") {
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(std::uint64_t{1} << 30) == "1.0 GiB");
  CHECK(counted(1, "byte") == "1 byte");
  CHECK(counted(2, "entry", "entries") == "2 entries");
  const std::array<std::string, 5> names = {"a", "b", "c", "d", "e"};
  CHECK(name_list(names, 3) == "'a', 'b', 'c' and 2 more");
  CHECK(name_list(std::span(names).first(2), 3) == "'a' and 'b'");
}

TEST_CASE("SHA-256 of 'abc', and back from its digits") {
  const auto digest = sha256(bytes_of(std::string_view("abc")));
  REQUIRE(digest);
  const std::string hex = to_hex(*digest);
  CHECK(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(parse_sha256(hex) == *digest);
  CHECK_FALSE(parse_sha256(hex.substr(1)));
  CHECK(fingerprint(bytes_of(std::string_view("abc"))) != fingerprint(bytes_of(std::string_view("abd"))));
}

TEST_CASE("the dtype table is ordered by id and finds its own names") {
  for (const DtypeInfo& row : all_dtypes()) {
    CHECK(find_dtype(row.type) == &row);
    CHECK(find_dtype(row.name) == &row);
  }
  CHECK(find_dtype("float")->type == ScalarType::Float);
  CHECK(find_dtype(static_cast<ScalarType>(77)) == nullptr);
  CHECK(dtype_name(static_cast<ScalarType>(-3)) == "dtype -3");
  CHECK_FALSE(dtype_size(static_cast<ScalarType>(30)));
}
