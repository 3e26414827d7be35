// Operators that exporters write, but rarely: windows of signal processing and other sequences, fake quantisation,
// convolution along time, gradients of shrinks. The formulas are the reference.
#include <cmath>
#include <functional>
#include <numbers>

#include "ops_call.h"

namespace {

using namespace ptetool;
using namespace ptetool::test;
constexpr double kPi = std::numbers::pi;

std::vector<float> made_by(const char* name, std::int64_t count, std::initializer_list<Value> arguments) {
  OpCall call(name);
  for (const Value& each : arguments) call.add(each);
  call.out<float>(kFloat, Sizes{count});
  const auto done = call.run();
  REQUIRE_MESSAGE(done, test::message_of(done));
  return call.elements<float>();
}

double bessel_i0(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 100; ++k) sum += term *= x * x / 4 / (k * k);
  return sum;
}

TEST_CASE("windows are their formulas") {
  struct Row {
    const char* plain;  // the overload that is periodic, if there is one
    const char* name;
    std::vector<Value> more;
    std::function<double(double)> formula;  // of turns from 0 to 1
  };
  const auto cosine = [](double a, double b) { return [=](double t) { return a - b * std::cos(2 * kPi * t); }; };
  const auto kaiser = [](double beta) {
    return [=](double t) { return bessel_i0(beta * std::sqrt(1 - (2 * t - 1) * (2 * t - 1))) / bessel_i0(beta); };
  };
  const auto triangle = [](double t) { return t < 0.5 ? 2 * t : 2 - 2 * t; };
  const auto blackman = [](double t) { return 0.42 - 0.5 * std::cos(2 * kPi * t) + 0.08 * std::cos(4 * kPi * t); };
  const Row rows[] = {
      {"aten::hann_window.out", "aten::hann_window.periodic_out", {}, cosine(0.5, 0.5)},
      {"aten::hamming_window.out", "aten::hamming_window.periodic_out", {}, cosine(0.54, 0.46)},
      {"aten::bartlett_window.out", "aten::bartlett_window.periodic_out", {}, triangle},
      {"aten::blackman_window.out", "aten::blackman_window.periodic_out", {}, blackman},
      {"aten::kaiser_window.out", "aten::kaiser_window.periodic_out", {}, kaiser(12)},
      {nullptr, "aten::hamming_window.periodic_alpha_out", {0.6}, cosine(0.6, 0.46)},
      {nullptr, "aten::hamming_window.periodic_alpha_beta_out", {0.6, 0.3}, cosine(0.6, 0.3)},
      {nullptr, "aten::kaiser_window.beta_out", {3.5}, kaiser(3.5)},
  };
  for (const Row& row : rows) {
    for (const bool periodic : {true, false}) {
      OpCall call(row.name);
      call.add(std::int64_t{300}).add(periodic);
      for (const Value& each : row.more) call.add(each);
      call.out<float>(kFloat, {300});
      REQUIRE_MESSAGE(call.run(), row.name);
      const auto got = call.elements<float>();
      for (std::size_t i = 0; i < got.size(); ++i) {
        const double wanted = row.formula(static_cast<double>(i) / (periodic ? 300 : 299));
        CHECK_MESSAGE(std::fabs(got[i] - wanted) < 1e-7, row.name << " at " << i);
      }
    }
    if (!row.plain) continue;
    const auto got = made_by(row.plain, 4, {std::int64_t{4}});
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(got[i] - row.formula(static_cast<double>(i) / 4)) < 1e-7);
    CHECK(made_by(row.plain, 1, {std::int64_t{1}}) == std::vector<float>{1});
    CHECK(made_by(row.plain, 0, {std::int64_t{0}}).empty());
  }
}

TEST_CASE("frequencies and closed ranges") {
  CHECK(made_by("aten::fft_fftfreq.out", 5, {std::int64_t{5}, 0.5}) == std::vector<float>{0, 0.4f, 0.8f, -0.8f, -0.4f});
  CHECK(made_by("aten::fft_fftfreq.out", 4, {std::int64_t{4}, 1.0}) == std::vector<float>{0, 0.25f, -0.5f, -0.25f});
  CHECK(made_by("aten::fft_rfftfreq.out", 3, {std::int64_t{5}, 0.5}) == std::vector<float>{0, 0.4f, 0.8f});
  CHECK(made_by("aten::range.out", 4, {std::int64_t{0}, 1.5, 0.5}) == std::vector<float>{0, 0.5f, 1, 1.5f});
  CHECK(made_by("aten::range.out", 2, {std::int64_t{3}, std::int64_t{0}, std::int64_t{-2}}) ==
        std::vector<float>{3, 1});
  CHECK(made_by("aten::range.out_", 3, {std::int64_t{1}, std::int64_t{3}}) == std::vector<float>{1, 2, 3});
}

TEST_CASE("fake quantisation rounds to steps, bounds, and tells what was within the bounds") {
  const std::vector<float> numbers{0.26f, -0.74f, 0.25f, 0.75f, 10, -10, NAN, INFINITY};
  const std::vector<float> steps{0.5f, -0.5f, 0, 1, 2, -1.5f, -1.5f, 2};  // scale 0.5, zero point 3, from 0 to 7
  const std::vector<bool> within{true, true, true, true, false, false, false, false};
  std::vector<float> memory = numbers;
  const auto run = [&](const char* name, const std::function<void(OpCall&)>& parameters) {
    Tensor tensor = make_tensor(kFloat, Sizes{8});
    tensor.data = memory.data();
    std::vector<float> out(8);
    Tensor out_tensor = tensor;
    out_tensor.data = out.data();
    OpCall call(name);
    call.add(tensor);
    parameters(call);
    call.add(std::int64_t{0}).add(std::int64_t{7}).add(out_tensor).out<std::uint8_t>(ScalarType::Bool, {8});
    const auto done = call.run();
    REQUIRE_MESSAGE(done, test::message_of(done));
    const auto mask = call.elements<std::uint8_t>();
    for (std::size_t i = 0; i < 8; ++i) {
      // The conversion to int64 makes infinity the least number, where it comes first.
      const bool wraps = std::string_view(name).find("per_channel") != std::string_view::npos && std::isinf(numbers[i]);
      CHECK_MESSAGE(out[i] == (wraps ? -1.5f : steps[i]), name << " at " << i);
      CHECK_MESSAGE((mask[i] != 0) == within[i], name << " at " << i);
    }
  };
  run("aten::fake_quantize_per_tensor_affine_cachemask.out", [](OpCall& call) { call.add(0.5).add(std::int64_t{3}); });
  run("aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams.out", [](OpCall& call) {
    call.tensor<float>(kFloat, {1}, {0.5f}).tensor<std::int32_t>(ScalarType::Int, {1}, {3});
    call.tensor<std::int64_t>(ScalarType::Long, {1}, {1});
  });
  run("aten::fake_quantize_per_channel_affine_cachemask.out", [](OpCall& call) {
    call.tensor<float>(kFloat, {8}, {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f});
    call.tensor<std::int32_t>(ScalarType::Int, {8}, {3, 3, 3, 3, 3, 3, 3, 3}).add(std::int64_t{0});
  });
}

TEST_CASE("convolution along time") {
  constexpr std::int64_t kTimes = 5, kTaps = 3;
  for (const std::int64_t pad : {0, 1, 4}) {
    const std::int64_t length = kTimes + 2 * pad - kTaps + 1;
    OpCall call("aten::conv_tbc.out");
    call.tensor<float>(kFloat, {kTimes, 1, 2}, {1, 2, -3, 4, 5, -6, 7, 8, 9, -1});
    call.tensor<float>(kFloat, {kTaps, 2, 1}, {1, 10, 2, 20, 3, 30}).tensor<float>(kFloat, {1}, {0.5f}).add(pad);
    call.out<float>(kFloat, {length, 1, 1});
    REQUIRE(call.run());
    const auto got = call.elements<float>();
    const float in[kTimes][2] = {{1, 2}, {-3, 4}, {5, -6}, {7, 8}, {9, -1}};
    for (std::int64_t t = 0; t < length; ++t) {
      float wanted = 0.5f;
      for (std::int64_t k = 0; k < kTaps; ++k) {
        const std::int64_t at = t + k - pad;
        if (at >= 0 && at < kTimes) wanted += static_cast<float>(k + 1) * (in[at][0] + 10 * in[at][1]);
      }
      CHECK(got[static_cast<std::size_t>(t)] == wanted);
    }
  }
}

TEST_CASE("gradients of shrinks, and negative copies") {
  for (const char* name : {"aten::hardshrink_backward.grad_input", "aten::softshrink_backward.grad_input"}) {
    OpCall call(name);
    call.tensor<float>(kFloat, {5}, {1, 2, 3, 4, 5}).tensor<float>(kFloat, {5}, {-0.6f, -0.5f, 0, 0.5f, 0.6f}).add(0.5);
    call.out<float>(kFloat, {5});
    REQUIRE(call.run());
    CHECK(call.elements<float>() == std::vector<float>{1, 0, 0, 0, 5});
  }
  OpCall negative("aten::_neg_view_copy.out");
  negative.tensor<float>(kFloat, {3}, {1, -2, 0}).out<float>(kFloat, {3});
  REQUIRE(negative.run());
  CHECK(negative.elements<float>() == std::vector<float>{-1, 2, -0.0f});
}

}  // namespace
