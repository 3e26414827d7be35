// Choosing elements of every line along one dimension by their order, and where they were: for sorting, and for order
// statistics.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/lines.h"
#include "ops/order.h"
#include "ops/pointwise.h"

namespace ptetool::ops {

struct Ranked {
  std::uint64_t order = 0;
  std::int64_t index = 0;
  bool operator<(const Ranked& other) const { return order != other.order ? order < other.order : index < other.index; }
};

template <class C>
void rank_line(std::span<const C> line, bool descending, std::vector<Ranked>& ranked) {
  ranked.resize(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::uint64_t order = order_of_number(line[i]);
    ranked[i] = {descending ? ~order : order, static_cast<std::int64_t>(i)};
  }
}

// What a line becomes: for each element of the result, which of the line's it is.
using Chosen = std::vector<std::int64_t>;

// Where the results go; either may be absent.
struct Outs {
  Tensor* values = nullptr;
  Tensor* indices = nullptr;
};

inline Result<> prepare_outs(Call& call, const Tensor& self, const Outs& outs, const Sizes& sizes) {
  if (outs.values) {
    PTETOOL_CHECK(same_dtype(call, self, "self", *outs.values, "the out of values"));
    PTETOOL_CHECK(prepare(call, *outs.values, sizes));
  }
  if (outs.indices) {
    if (!contains(kIntegers, outs.indices->dtype)) return unsupported_dtype(call, outs.indices->dtype);
    PTETOOL_CHECK(prepare(call, *outs.indices, sizes));
  }
  return {};
}

// Strides of an out along the dimensions of self, whether it kept the dimension or not.
inline Strides strides_along(const Tensor& self, std::size_t dim, const Tensor* out) {
  if (!out) return Strides::filled(self.rank(), 0);
  Strides strides = out->strides;
  if (out->rank() == self.rank()) return strides;
  Strides wider;
  for (std::size_t i = 0, at = 0; i < self.rank(); ++i) wider.push_back(i == dim ? 0 : strides[at++]);
  return wider;
}

// choose(line, chosen) picks from every line along `dim`, always as many.
template <class F>
Result<> choose_from_lines(Call& call, const Tensor& self, std::size_t dim, const Outs& outs, const F& choose) {
  if ((outs.values && outs.values->numel() == 0) || (outs.indices && outs.indices->numel() == 0)) return {};
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    const Lines<3> lines(self.sizes, dim,
                         {self.strides, strides_along(self, dim, outs.values), strides_along(self, dim, outs.indices)});
    const Reader reader(self.dtype, self.dtype);
    const Writer value_writer(self.dtype, self.dtype);
    const Writer index_writer(ScalarType::Long, outs.indices ? outs.indices->dtype : ScalarType::Long);
    call.parallel(lines.count(), lines.length() * 16, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(lines.length()));
      std::vector<C> values;
      std::vector<Ranked> ranked;
      Chosen chosen;
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, self, offsets[0], lines.step(0), lines.length(), line.data());
        choose(std::span<const C>(line), ranked, chosen);
        const auto count = static_cast<std::int64_t>(chosen.size());
        if (outs.values) {
          values.resize(chosen.size());
          for (std::size_t i = 0; i < chosen.size(); ++i) values[i] = line[static_cast<std::size_t>(chosen[i])];
          write_line(value_writer, values.data(), *outs.values, offsets[1], lines.step(1), count);
        }
        if (outs.indices) {
          write_line(index_writer, chosen.data(), *outs.indices, offsets[2], lines.step(2), count);
        }
      });
    });
    return {};
  });
}

}  // namespace ptetool::ops
