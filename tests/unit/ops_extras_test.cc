// What export cannot reach in operators beyond ExecuTorch's own: refusals, and outs of other layouts.
#include "ops_call.h"

namespace {

using namespace ptetool;
using test::message_of;
using test::OpCall;

TEST_CASE("losses refuse classes that do not exist") {
  OpCall call("aten::nll_loss_forward.output");
  call.tensor<float>(ScalarType::Float, {2, 3}, {1, 2, 3, 4, 5, 6});
  call.tensor<std::int64_t>(ScalarType::Long, {2}, {0, 3});
  call.add(None{}).add(std::int64_t{1}).add(std::int64_t{-100});
  call.out<float>(ScalarType::Float, {}).out<float>(ScalarType::Float, {});
  call.args().erase(call.args().end() - 3);  // the return slot of the first out
  CHECK(message_of(call.run()) == "aten::nll_loss_forward.output: target 3 of 3 classes");
}

TEST_CASE("gradients of embeddings refuse rows that do not exist") {
  OpCall call("aten::embedding_dense_backward.out");
  call.tensor<float>(ScalarType::Float, {1, 2}, {1, 2});
  call.tensor<std::int64_t>(ScalarType::Long, {1}, {-1});
  call.add(std::int64_t{4}).add(std::int64_t{-1}).add(false);
  call.out<float>(ScalarType::Float, {4, 2});
  CHECK(message_of(call.run()) == "aten::embedding_dense_backward.out: index -1 of 4 rows");
}

TEST_CASE("a Fourier transform back needs its half") {
  OpCall call("aten::_fft_c2r.out");
  call.tensor<float>(ScalarType::ComplexFloat, {2}, {1, 0, 2, 0}).ints({0}).add(std::int64_t{0}).add(std::int64_t{5});
  call.out<float>(ScalarType::Float, {5});
  CHECK(message_of(call.run()).find("2 numbers are no half of 5") != std::string::npos);
}

TEST_CASE("a matrix that is not positive definite is an error where one is asked for") {
  OpCall call("aten::linalg_cholesky_ex.L");
  call.tensor<float>(ScalarType::Float, {2, 2}, {1, 0, 0, -1}).add(false).add(true);
  call.out<float>(ScalarType::Float, {2, 2}).out<std::int32_t>(ScalarType::Int, {});
  call.args().erase(call.args().end() - 3);
  CHECK(message_of(call.run()).find("not positive definite at 2") != std::string::npos);
}

TEST_CASE("a cross product is over dimensions of three") {
  OpCall call("aten::linalg_cross.out");
  call.tensor<float>(ScalarType::Float, {2}, {1, 2})
      .tensor<float>(ScalarType::Float, {2}, {1, 2})
      .add(std::int64_t{-1});
  call.out<float>(ScalarType::Float, {2});
  CHECK(message_of(call.run()) == "aten::linalg_cross.out: the dimension is not of size 3");
}

TEST_CASE("an identity matrix in column order") {
  OpCall call("aten::eye.m_out");
  call.add(std::int64_t{2}).add(std::int64_t{3}).out<std::int32_t>(ScalarType::Int, {2, 3}, {1, 0});
  REQUIRE(call.run());
  CHECK(call.elements<std::int32_t>() == std::vector<std::int32_t>{1, 0, 0, 1, 0, 0});
}

TEST_CASE("a product of matrices in other dim orders") {
  OpCall call("aten::matmul.out");
  call.tensor<float>(ScalarType::Float, {2, 2}, {1, 3, 2, 4}, {1, 0}).tensor<float>(ScalarType::Float, {2}, {1, 10});
  call.out<float>(ScalarType::Float, {2});
  REQUIRE(call.run());
  CHECK(call.elements<float>() == std::vector<float>{21, 43});
}

}  // namespace
