// Batches of matrices between tensors and matrix.h: what the linear algebra operators read and write.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ops/lines.h"
#include "ops/matrix.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

template <class T>
inline constexpr ScalarType kMatrixDtype = is_complex<T> ? ScalarType::ComplexDouble : ScalarType::Double;

// Calls f.template operator()<T>() for the numbers that matrices of a dtype are computed in.
template <class F>
Result<> with_matrix_type(const Call& call, ScalarType dtype, F&& f) {
  switch (dtype) {
    case ScalarType::Float:
    case ScalarType::Double: return f.template operator()<double>();
    case ScalarType::ComplexFloat:
    case ScalarType::ComplexDouble: return f.template operator()<Complex128>();
    default: return unsupported_dtype(call, dtype);
  }
}

// A tensor of matrices, its numbers in C order; `outer` are the sizes of the batch.
template <class T>
struct Batch {
  Sizes outer;
  std::int64_t rows = 0, columns = 0;
  std::vector<T> numbers;

  std::int64_t count() const { return numel(outer); }
  Matrix<T> matrix(std::int64_t i) const {
    Matrix<T> result(rows, columns);
    std::copy_n(numbers.begin() + i * rows * columns, rows * columns, result.numbers.begin());
    return result;
  }
};

template <class T>
Result<Batch<T>> batch_of(Call& call, std::size_t index, bool square) {
  const Tensor& tensor = call.tensor(index);
  constexpr DtypeSet kSet = is_complex<T> ? kFloats | kComplexes : kFloats;
  if (!contains(kSet, tensor.dtype)) return unsupported_dtype(call, tensor.dtype);
  const std::size_t rank = tensor.rank();
  if (rank < 2 || (square && tensor.sizes[rank - 1] != tensor.sizes[rank - 2])) {
    return call.fail(ErrorCode::Mismatch,
                     shape_text(tensor.sizes.span()) + (square ? " are no square matrices" : " are no matrices"));
  }
  return Batch<T>{Sizes(tensor.sizes.span().first(rank - 2)), tensor.sizes[rank - 2], tensor.sizes[rank - 1],
                  numbers_of<T>(tensor, kMatrixDtype<T>)};
}

// For every matrix of a broadcast batch: which one of a batch it is.
inline std::vector<std::int64_t> broadcast_places(const Sizes& outer, const Sizes& whole) {
  const Strides strides =
      broadcast_strides(outer.span(), strides_of(outer, contiguous_order(outer.size())).span(), whole.size());
  std::vector<std::int64_t> places(static_cast<std::size_t>(numel(whole)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t d = whole.size(); d-- > 0; rest /= whole[d]) places[i] += rest % whole[d] * strides[d];
  }
  return places;
}

// What goes to an out: matrices, vectors or numbers of all the batch, one after the other.
template <class T>
struct Results {
  std::vector<T> numbers;
  void add(const Matrix<T>& m) { numbers.insert(numbers.end(), m.numbers.begin(), m.numbers.end()); }
  void add(const std::vector<T>& v) { numbers.insert(numbers.end(), v.begin(), v.end()); }
  void add(T x) { numbers.push_back(x); }
};

// Before anything larger than the inputs is computed.
inline Result<> shape_out(Call& call, std::size_t which, Sizes outer, std::initializer_list<std::int64_t> inner) {
  if (!contains(kNumbers, call.out(which).dtype)) return unsupported_dtype(call, call.out(which).dtype);
  for (const std::int64_t size : inner) outer.push_back(size);
  return prepare(call, call.out(which), outer);
}
template <class T>
Result<> write(Call& call, std::size_t which, const Sizes& outer, std::initializer_list<std::int64_t> inner,
               const Results<T>& results) {
  PTETOOL_CHECK(shape_out(call, which, outer, inner));
  Tensor& out = call.out(which);
  if (is_complex<T> && !is_complex_dtype(out.dtype)) return unsupported_dtype(call, out.dtype);
  write_results<T>(results.numbers.data(), kMatrixDtype<T>, out, [](T x) { return x; });
  return {};
}

// The pivots of a batch of factorisations, counted from 0; each below `rows`.
Result<std::vector<std::vector<std::int64_t>>> pivots_of(Call& call, std::size_t index, const Sizes& outer,
                                                         std::int64_t count, std::int64_t rows);

// Errors that an operator is asked to raise, else tells by a number.
inline Result<> singular(const Call& call, bool raise, std::int64_t info) {
  if (!raise || info == 0) return {};
  return call.fail(ErrorCode::Mismatch, "a matrix is singular or not positive definite at " + std::to_string(info));
}

}  // namespace ptetool::ops
