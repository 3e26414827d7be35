// Rows of a table, chosen by index, and such rows made no longer than a limit.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/rows.h"
#include "ops/table.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

Result<> embedding(Call& call) {
  const Tensor weight = call.tensor(0);
  const Tensor indices = call.tensor(1);
  Tensor& out = call.out();
  if (weight.rank() != 2) return call.fail(ErrorCode::Mismatch, "weight is not a matrix");
  PTETOOL_CHECK(same_dtype(call, weight, "weight", out, "the out"));
  if (indices.sizes.full()) return call.fail(ErrorCode::Limit, "indices have the highest rank already");
  const auto rows = row_indices(call, indices, weight.sizes[0]);
  if (!rows) return Failure(rows.error());
  Sizes sizes = indices.sizes;
  sizes.push_back(weight.sizes[1]);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};

  Strides order = strides_of(indices.sizes, contiguous_order(indices.rank()));
  order.push_back(0);
  const Lines<2> lines(sizes, indices.rank(), {out.strides, order});
  const auto width = static_cast<std::int64_t>(weight.element_size());
  const std::int64_t step = weight.strides[1];
  const bool dense = step == 1 && lines.step(0) == 1;
  call.parallel(lines.count(), lines.length(), [&](std::int64_t first, std::int64_t last) {
    lines.each(first, last, [&](const auto& offsets) {
      const std::int64_t row = (*rows)[static_cast<std::size_t>(offsets[1])];
      const auto* from = weight.as<std::uint8_t>() + row * weight.strides[0] * width;
      auto* to = out.as<std::uint8_t>() + offsets[0] * width;
      // A file may let the out overlap the table.
      if (dense) {
        std::memmove(to, from, static_cast<std::size_t>(lines.length() * width));
      } else {
        for (std::int64_t i = 0; i < lines.length(); ++i) {
          std::memmove(to + i * lines.step(0) * width, from + i * step * width, static_cast<std::size_t>(width));
        }
      }
    });
  });
  return {};
}

// The p-norm of a row; PyTorch computes it in float32 where the elements are not wider.
template <class C>
double norm_of(const std::vector<C>& row, double p) {
  double norm = p == -INFINITY && !row.empty() ? INFINITY : 0;
  for (const C each : row) {
    const double size = std::abs(static_cast<double>(each));
    if (p == INFINITY) {
      norm = larger(norm, size);
    } else if (p == -INFINITY) {
      norm = smaller(norm, size);
    } else if (p == 0) {
      norm += size != 0 ? 1 : 0;
    } else if (p == 1) {
      norm += size;
    } else {
      norm += p == 2 ? size * size : std::pow(size, p);
    }
  }
  if (std::isinf(p) || p == 0 || p == 1) return norm;
  return p == 2 ? std::sqrt(norm) : std::pow(norm, 1 / p);
}

// Rows that `indices` names and that are longer than max_norm are scaled down to it.
Result<> embedding_renorm(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const double most = call.real(2);
  const double p = call.real(3);
  if (self.rank() != 2) return call.fail(ErrorCode::Mismatch, "self is not a matrix");
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  auto rows = row_indices(call, call.tensor(1), self.sizes[0]);
  if (!rows) return Failure(rows.error());
  std::ranges::sort(*rows);
  rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
  return with_compute_type<kFloats>(call, self.dtype, [&]<class C>() -> Result<> {
    PTETOOL_CHECK(copy_out(call, View(self)));
    const Reader reader(self.dtype, self.dtype);
    const Writer writer(self.dtype, self.dtype);
    std::vector<C> row(static_cast<std::size_t>(self.sizes[1]));
    for (const std::int64_t each : *rows) {
      const std::int64_t at = each * out.strides[0];
      read_line(reader, out, at, out.strides[1], self.sizes[1], row.data());
      const double norm = norm_of(row, p);
      if (!(norm > most)) continue;
      const auto scale = static_cast<C>(most / (norm + 1e-7));
      for (C& x : row) x *= scale;
      write_line(writer, row.data(), out, at, out.strides[1], self.sizes[1]);
    }
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::embedding.out(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool "
     "sparse=False, *, Tensor(a!) out) -> Tensor(a!)",
     embedding},
    {"aten::embedding_renorm.out(Tensor self, Tensor indices, float max_norm, float norm_type, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     embedding_renorm},
};

}  // namespace

std::span<const Operator> embedding_operators() { return kRows; }

}  // namespace ptetool::ops
