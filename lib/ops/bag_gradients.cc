// Gradients of bags of rows, _embedding_bag_dense_backward of the table and
// _embedding_bag_per_sample_weights_backward of the weights in a bag. Computed in double.
#include <algorithm>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/rows.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

enum Mode : std::int64_t { kSum = 0, kMean = 1, kMax = 2 };

Result<> write_to(Call& call, const Sizes& sizes, const std::vector<double>& numbers) {
  Tensor& out = call.out();
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  write_results<double>(numbers.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

// grad [bags, width], and of every index the row that it names and the bag that it is in.
struct Bags {
  std::int64_t count = 0, width = 0;
  std::vector<double> gradients;
  std::vector<std::int64_t> rows, bag_of;

  const double* of(std::int64_t bag) const { return gradients.data() + bag * width; }
};
Result<Bags> bags_of(Call& call, const Tensor& indices, const Tensor& bag_of, std::int64_t rows) {
  const Tensor grad = call.tensor(0);
  if (grad.rank() != 2) return call.fail(ErrorCode::Mismatch, "grad is not a matrix");
  if (!contains(kFloats, grad.dtype)) return unsupported_dtype(call, grad.dtype);
  if (indices.rank() != 1 || !(indices.sizes == bag_of.sizes)) {
    return call.fail(ErrorCode::Mismatch, "there is not one bag for each index");
  }
  auto named = row_indices(call, indices, rows);
  if (!named) return Failure(named.error());
  auto places = row_indices(call, bag_of, grad.sizes[0]);
  if (!places) return Failure(places.error());
  return Bags{grad.sizes[0], grad.sizes[1], numbers_of<double>(grad, ScalarType::Double), *std::move(named),
              *std::move(places)};
}

// The numbers of an optional tensor of floats; empty without it.
Result<std::vector<double>> weights_of(Call& call, std::size_t arg, std::size_t count) {
  const Tensor* tensor = call.optional_tensor(arg);
  if (!tensor) return std::vector<double>();
  if (!contains(kFloats, tensor->dtype)) return unsupported_dtype(call, tensor->dtype);
  if (static_cast<std::size_t>(tensor->numel()) != count) {
    return call.fail(ErrorCode::Mismatch, "there is not one weight for each index");
  }
  return numbers_of<double>(*tensor, ScalarType::Double);
}

// Every maximum hands its gradient to the row that it comes from.
Result<> backward_of_maxima(Call& call, const Sizes& sizes) {
  const Tensor grad = call.tensor(0), places = call.tensor(4);
  if (!(grad.sizes == places.sizes) || grad.rank() != 2 || grad.sizes[1] != sizes[1]) {
    return call.fail(ErrorCode::Mismatch, "there is not one row for each maximum");
  }
  if (!contains(kFloats, grad.dtype)) return unsupported_dtype(call, grad.dtype);
  const auto rows = row_indices(call, places, sizes[0]);
  if (!rows) return Failure(rows.error());
  const auto sizes_of_bags = numbers_of<std::int64_t>(call.tensor(3), ScalarType::Long);
  const auto gradients = numbers_of<double>(grad, ScalarType::Double);
  std::vector<double> result(static_cast<std::size_t>(numel(sizes)));
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::size_t bag = i / static_cast<std::size_t>(sizes[1]), column = i % static_cast<std::size_t>(sizes[1]);
    if (bag < sizes_of_bags.size() && sizes_of_bags[bag] == 0) continue;
    result[static_cast<std::size_t>((*rows)[i] * sizes[1]) + column] += gradients[i];
  }
  return write_to(call, sizes, result);
}

// Arguments: grad, indices, offset2bag, bag_size, maximum_indices, num_weights, scale_grad_by_freq, mode,
// per_sample_weights, padding_idx.
Result<> table_backward(Call& call) {
  const Tensor grad = call.tensor(0);
  const std::int64_t mode = call.integer(7), padding = call.integer(9);
  if (grad.rank() != 2) return call.fail(ErrorCode::Mismatch, "grad is not a matrix");
  const auto sizes = sizes_of(call, std::array{call.integer(5), grad.sizes[1]});
  if (!sizes) return Failure(sizes.error());
  if (mode == kMax) return backward_of_maxima(call, *sizes);
  if (mode != kSum && mode != kMean) return call.fail(ErrorCode::Mismatch, "mode " + std::to_string(mode));
  const auto bags = bags_of(call, call.tensor(1), call.tensor(2), (*sizes)[0]);
  if (!bags) return Failure(bags.error());
  const auto weights = weights_of(call, 8, bags->rows.size());
  if (!weights) return Failure(weights.error());
  std::vector<double> in_bag(static_cast<std::size_t>(bags->count)), named(static_cast<std::size_t>((*sizes)[0]));
  for (std::size_t i = 0; i < bags->rows.size(); ++i) {
    named[static_cast<std::size_t>(bags->rows[i])] += 1;
    if (bags->rows[i] != padding) in_bag[static_cast<std::size_t>(bags->bag_of[i])] += 1;
  }
  std::vector<double> result(static_cast<std::size_t>(numel(*sizes)));
  for (std::size_t i = 0; i < bags->rows.size(); ++i) {
    const std::int64_t row = bags->rows[i], bag = bags->bag_of[i];
    if (row == padding) continue;
    double factor = weights->empty() ? 1 : (*weights)[i];
    if (mode == kMean) factor /= in_bag[static_cast<std::size_t>(bag)];
    if (call.boolean(6)) factor /= named[static_cast<std::size_t>(row)];
    for (std::int64_t k = 0; k < bags->width; ++k) {
      result[static_cast<std::size_t>(row * bags->width + k)] += factor * bags->of(bag)[k];
    }
  }
  return write_to(call, *sizes, result);
}

// Which bag each index is in, from where the bags begin.
Result<OwnedTensor> bags_from_offsets(const Call& call, const Tensor& indices, const Tensor& offsets) {
  if (offsets.dtype != ScalarType::Long && offsets.dtype != ScalarType::Int) {
    return unsupported_dtype(call, offsets.dtype);
  }
  PTETOOL_ASSIGN(OwnedTensor bags, allocate_tensor(ScalarType::Long, indices.sizes));
  const auto begins = numbers_of<std::int64_t>(offsets, ScalarType::Long);
  for (std::int64_t i = 0; i < indices.numel(); ++i) {
    bags.tensor.as<std::int64_t>()[i] = std::upper_bound(begins.begin(), begins.end(), i) - begins.begin() - 1;
  }
  return bags;
}

// Arguments: grad, weight, indices, offsets, offset2bag, mode, padding_idx. Of each index: its row times the gradient
// of its bag. offset2bag may be left out, as a tensor without elements.
Result<> weights_backward(Call& call) {
  const Tensor weight = call.tensor(1), indices = call.tensor(2);
  if (call.integer(5) != kSum) return call.fail(ErrorCode::Mismatch, "weights of samples need the mode sum");
  if (weight.rank() != 2 || !contains(kFloats, weight.dtype)) return unsupported_dtype(call, weight.dtype);
  OwnedTensor found;
  if (call.tensor(4).numel() == 0 && indices.numel() != 0) {
    PTETOOL_ASSIGN(found, bags_from_offsets(call, indices, call.tensor(3)));
  }
  const auto bags = bags_of(call, indices, found.tensor.data ? found.tensor : call.tensor(4), weight.sizes[0]);
  if (!bags) return Failure(bags.error());
  if (bags->width != weight.sizes[1]) return call.fail(ErrorCode::Mismatch, "grad and weight differ in width");
  std::vector<double> row(static_cast<std::size_t>(bags->width)), result(bags->rows.size());
  const Reader reader(weight.dtype, ScalarType::Double);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (bags->rows[i] == call.integer(6)) continue;
    read_line(reader, weight, bags->rows[i] * weight.strides[0], weight.strides[1], bags->width, row.data());
    for (std::size_t k = 0; k < row.size(); ++k) result[i] += row[k] * bags->of(bags->bag_of[i])[k];
  }
  return write_to(call, indices.sizes, result);
}

constexpr Operator kRows[] = {
    {"aten::_embedding_bag_dense_backward.out(Tensor grad, Tensor indices, Tensor offset2bag, Tensor bag_size, Tensor "
     "maximum_indices, SymInt num_weights, bool scale_grad_by_freq, int mode, Tensor? per_sample_weights, int "
     "padding_idx=-1, *, Tensor(a!) out) -> Tensor(a!)",
     table_backward},
    {"aten::_embedding_bag_per_sample_weights_backward.out(Tensor grad, Tensor weight, Tensor indices, Tensor offsets, "
     "Tensor offset2bag, int mode, int padding_idx=-1, *, Tensor(a!) out) -> Tensor(a!)",
     weights_backward},
};

}  // namespace

std::span<const Operator> bag_gradient_operators() { return kRows; }

}  // namespace ptetool::ops
