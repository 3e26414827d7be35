// Holding outputs against what is expected: numbers, texts, files.
#include "ptetool/runtime/checks.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ptetool/base/file.h"
#include "ptetool/compare/error_statistics.h"
#include "ptetool/tensor/npy.h"
#include "ptetool/tensor/npz.h"
#include "temporary_folder.h"

namespace {

using namespace ptetool;

OwnedTensor floats(const std::vector<float>& values) {
  const std::int64_t size = static_cast<std::int64_t>(values.size());
  OwnedTensor owned = *allocate_tensor(ScalarType::Float, Sizes{size});
  std::copy(values.begin(), values.end(), owned.tensor.as<float>());
  return owned;
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST_CASE("errors in numbers") {
  const auto error = error_statistics(floats({1, 2, 3, 4}).tensor, floats({1, 2, 4, 0}).tensor);
  CHECK(error.finite == 4);
  CHECK(error.max_abs == 4);
  CHECK(error.mean_abs == doctest::Approx(1.25));
  CHECK(error.max_rel == doctest::Approx(0.25));
  CHECK(*error.cosine == doctest::Approx(17 / (std::sqrt(30.0) * std::sqrt(21.0))));
  CHECK(*error.snr_db == doctest::Approx(10 * std::log10(21.0 / 17.0)));
}

TEST_CASE("equal tensors, zeros and special values") {
  const auto same = error_statistics(floats({1, kNan, -kInf}).tensor, floats({1, kNan, -kInf}).tensor);
  CHECK(same.finite == 1);
  CHECK(same.special == 0);
  CHECK(same.max_abs == 0);
  CHECK(*same.cosine == doctest::Approx(1));
  CHECK_FALSE(same.snr_db);
  const auto apart = error_statistics(floats({kNan, kInf, 1, 0}).tensor, floats({1, -kInf, kNan, 0}).tensor);
  CHECK(apart.special == 3);
  CHECK_FALSE(apart.cosine);
  CHECK(error_statistics(floats({1}).tensor, floats({1, 2}).tensor).finite == 0);
}

TEST_CASE("complex numbers agree where their distance is within the tolerance") {
  const auto number = [](float real, float imaginary) {
    OwnedTensor owned = *allocate_tensor(ScalarType::ComplexFloat, Sizes{1});
    owned.tensor.as<float>()[0] = real;
    owned.tensor.as<float>()[1] = imaginary;
    return owned;
  };
  const auto agree = [&](const OwnedTensor& a, const OwnedTensor& b) { return judge(a, b, Tolerance{1e-3, 0}).agree; };
  CHECK(agree(number(1, 0), number(1.0005f, 0)));
  CHECK(agree(number(1000, 0), number(1000, 0.5f)));
  CHECK_FALSE(agree(number(1000, 0), number(1000, 2)));
  CHECK_FALSE(agree(number(0, 1), number(1, 0)));
  CHECK(agree(number(kNan, 1), number(kNan, 1)));
  CHECK_FALSE(agree(number(kNan, 1), number(0, 1)));
  CHECK_FALSE(agree(number(kInf, 1), number(1, 1)));
}

TEST_CASE("NaN and infinities must be in the same places") {
  const auto agree = [](std::vector<float> a, std::vector<float> b) {
    return judge(floats(a), floats(b), Tolerance{1e-3, 1e-3}).agree;
  };
  CHECK(agree({kNan, kInf, 1}, {kNan, kInf, 1.0005f}));
  CHECK_FALSE(agree({kNan}, {1}));
  CHECK_FALSE(agree({1}, {kNan}));
  CHECK_FALSE(agree({kInf}, {-kInf}));
  CHECK_FALSE(agree({kInf}, {1e30f}));
  CHECK_FALSE(agree({1e30f}, {kInf}));
  CHECK_FALSE(judge(HostValue(std::int64_t{1}), HostValue(2.0), {}).agree);
  CHECK(judge(HostValue(std::int64_t{1}), HostValue(std::int64_t{1}), {}).agree);
}

TEST_CASE("what --expect may say") {
  const test::TemporaryFolder folder;
  const std::string archive = folder / "a.npz";
  const std::vector<HostValue> outputs = {floats({1, 2}), HostValue(std::int64_t{3})};
  const std::vector<NamedArray> arrays = {{"1", *allocate_tensor(ScalarType::Long, {})}, {"0", floats({1, 2})}};
  REQUIRE(write_npz(archive, arrays));
  const auto read = [&](std::vector<std::string> texts) { return read_expected(texts, outputs); };

  const auto spread = read({archive});
  REQUIRE(spread);
  CHECK((*spread)[0].output == 1);
  CHECK((*spread)[1].output == 0);
  // The archive holds 0 for output 1 as an array: a number is no array.
  Checks checks = check_outputs(outputs, *spread, {});
  CHECK_FALSE(checks.agree);
  CHECK(checks.table.rows.size() == 2);

  const auto literals = read({"1=3", "[1, 2]"});
  REQUIRE(literals);
  CHECK((*literals)[1].output == 0);
  CHECK(check_outputs(outputs, *literals, {}).agree);
  CHECK_FALSE(read({"3", "3", "3"}));
  CHECK_FALSE(read({"2=3"}));
  CHECK_FALSE(read({"0=[1, 2]", "0=[1, 2]"}));

  // Another shape is an answer, not an error.
  const std::string three = folder / "three.npy";
  REQUIRE(write_file(three, *write_npy(floats({1, 2, 3}).tensor)));
  const auto longer = read({three});
  REQUIRE(longer);
  CHECK_FALSE(check_outputs(outputs, *longer, {}).agree);
}

TEST_CASE("the best classes by their labels") {
  RunCall call;
  call.outputs = {floats({0.5f, 3, -1, kNan}), floats({1, 2})};
  const std::vector<std::string> labels = {"cat", "dog", "cow", "owl"};
  const auto table = top_table(call, labels);
  REQUIRE(table.rows.size() == 4);
  CHECK(std::get<std::string>(table.rows[0][4]) == "dog");
  CHECK(std::get<std::string>(table.rows[1][4]) == "cat");
  CHECK(std::get<std::string>(table.rows[3][4]) == "owl");
  const double total = std::exp(3 - 3.0) + std::exp(0.5 - 3) + std::exp(-1 - 3.0);
  CHECK(std::get<report::Share>(table.rows[0][6]).value == doctest::Approx(1 / total));
  CHECK(top_table(call, {}).rows.empty());
}

TEST_CASE("a call's inputs are separated by semicolons outside of brackets and quotes") {
  using Texts = std::vector<std::string>;
  CHECK(split_call("1; [1, 2];\"a;\\\";b\"") == Texts{"1", "[1, 2]", "\"a;\\\";b\""});
  CHECK(split_call("") == Texts{});
  CHECK(split_call("a;") == Texts{"a", ""});
  CHECK(split_call(";") == Texts{"", ""});
}

}  // namespace
