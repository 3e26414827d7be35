// Products of all shapes and layouts, against sums in double; and that threads do not change a bit.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ops/gemm.h"
#include "ops_call.h"
#include "ptetool/tensor/half.h"

namespace {

using namespace ptetool;

// Small whole numbers: sums of their products are exact in every dtype that is tried here.
double number_at(std::int64_t row, std::int64_t column, std::int64_t salt) {
  return static_cast<double>((row * 7 + column * 13 + salt * 5 + (row * column) % 11) % 9 - 4);
}

template <class T>
T element(double value) {
  if constexpr (std::is_same_v<T, Half>)
    return to_half(static_cast<float>(value));
  else
    return static_cast<T>(value);
}
double value_of(Half value) { return static_cast<double>(to_float(value)); }
template <class T>
double value_of(T value) {
  return static_cast<double>(value);
}

// A matrix whose rows (or columns) lie one after the other.
template <class T>
struct Matrix {
  Matrix(ScalarType dtype, std::int64_t rows, std::int64_t columns, bool by_columns, std::int64_t salt)
      : elements(static_cast<std::size_t>(rows * columns)) {
    const std::int64_t sizes[] = {rows, columns};
    const std::uint8_t by_column_order[] = {1, 0};
    tensor = by_columns ? make_tensor(dtype, sizes, by_column_order) : make_tensor(dtype, sizes);
    tensor.data = elements.data();
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) at(i, j) = element<T>(number_at(i, j, salt));
    }
  }
  T& at(std::int64_t i, std::int64_t j) {
    return elements[static_cast<std::size_t>(i * tensor.strides[0] + j * tensor.strides[1])];
  }
  std::vector<T> elements;
  Tensor tensor;
};

template <class T>
std::size_t wrong_results(ScalarType dtype, std::int64_t m, std::int64_t n, std::int64_t k, unsigned layout,
                          const ThreadPool* threads) {
  Matrix<T> a(dtype, m, k, layout & 1u, 1), b(dtype, k, n, layout & 2u, 2), out(dtype, m, n, layout & 4u, 3);
  Matrix<T> init(dtype, 1, n, false, 4);
  std::vector<Value> values;
  const Call call(*find_operator("aten::mm.out"), values, {}, threads);
  ops::Gemm gemm{ops::View(a.tensor), ops::View(b.tensor), ops::View(out.tensor), {}};
  const bool adds = layout & 8u;
  if (adds) {
    gemm.init = ops::View(init.tensor);
    gemm.init->sizes = {m, n};
    gemm.init->strides = {0, 1};
    gemm.alpha.integer = 2;
    gemm.beta.integer = -1;
  }
  REQUIRE(ops::multiply(call, gemm));
  std::size_t wrong = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < k; ++p) sum += number_at(i, p, 1) * number_at(p, j, 2);
      if (adds) sum = 2 * sum - number_at(0, j, 4);
      wrong += value_of(out.at(i, j)) == value_of(element<T>(sum)) ? 0 : 1;
    }
  }
  return wrong;
}

TEST_CASE("products of every shape are the sums of products, in every layout") {
  const ThreadPool pool(2);
  struct Shape {
    std::int64_t m, n, k;
  };
  for (const auto [m, n, k] : {Shape{1, 1, 1},
                               {1, 37, 5},
                               {3, 100, 300},
                               {4, 129, 17},
                               {5, 70, 260},
                               {6, 64, 64},
                               {7, 65, 257},
                               {50, 1, 33},
                               {61, 4, 600},
                               {130, 7, 20},
                               {48, 200, 513},
                               {2, 3, 0}}) {
    for (unsigned layout = 0; layout < 16; ++layout) {
      const std::string name =
          std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " layout " + std::to_string(layout);
      CHECK_MESSAGE(wrong_results<float>(ScalarType::Float, m, n, k, layout, &pool) == 0, name);
      CHECK_MESSAGE(wrong_results<double>(ScalarType::Double, m, n, k, layout, nullptr) == 0, name);
      CHECK_MESSAGE(wrong_results<Half>(ScalarType::Half, m, n, k, layout, &pool) == 0, name);
      CHECK_MESSAGE(wrong_results<std::int32_t>(ScalarType::Int, m, n, k, layout, &pool) == 0, name);
    }
  }
}

TEST_CASE("threads do not change a bit of a product") {
  constexpr std::int64_t kM = 200, kN = 150, kK = 700;
  Matrix<float> a(ScalarType::Float, kM, kK, false, 1), b(ScalarType::Float, kK, kN, true, 2);
  for (float& x : a.elements) x = std::sin(x * 1.7f + 0.3f);
  for (float& x : b.elements) x = std::cos(x * 0.9f);
  std::vector<std::vector<float>> results;
  for (const unsigned threads : {1u, 2u, 5u}) {
    const ThreadPool pool(threads);
    Matrix<float> out(ScalarType::Float, kM, kN, false, 0);
    std::vector<Value> values;
    const Call call(*find_operator("aten::mm.out"), values, {}, &pool);
    REQUIRE(ops::multiply(call, {ops::View(a.tensor), ops::View(b.tensor), ops::View(out.tensor), {}}));
    results.push_back(out.elements);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

}  // namespace
