// Histograms over one or several dimensions: histogram, histogramdd. Edges are given, or they divide a range into equal
// parts; the last bin holds its right edge as well, and what lies outside is not counted.
#include "ops/histogram_edges.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kCounted = dtype_set(ScalarType::Float, ScalarType::Double);

template <class C>
Result<> count_points(Call& call, const Points<C>& points, const Edges<C>& edges, bool density, Tensor& out) {
  Sizes sizes;
  for (const auto& axis : edges) {
    if (sizes.full()) return call.fail(ErrorCode::Limit, "too many dimensions");
    sizes.push_back(static_cast<std::int64_t>(axis.size()) - 1);
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  std::vector<double> sums(static_cast<std::size_t>(out.numel()));
  for (std::int64_t i = 0; i < points.count; ++i) {
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < points.axes && place >= 0; ++axis) {
      const C x = points.numbers[static_cast<std::size_t>(i) * points.axes + axis];
      const std::int64_t bin = bin_of(x, edges[axis]);
      place = bin < 0 ? -1 : place * sizes[axis] + bin;
    }
    if (place < 0) continue;
    sums[static_cast<std::size_t>(place)] +=
        points.weights.empty() ? 1.0 : static_cast<double>(points.weights[static_cast<std::size_t>(i)]);
  }
  if (density) {
    double total = 0;
    for (const double sum : sums) total += sum;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] /= total;
      auto rest = static_cast<std::int64_t>(i);
      for (std::size_t axis = edges.size(); axis-- > 0; rest /= sizes[axis]) {
        const auto bin = static_cast<std::size_t>(rest % sizes[axis]);
        sums[i] /= edges[axis][bin + 1] - edges[axis][bin];
      }
    }
  }
  write_results<double>(sums.data(), ScalarType::Double, out, [](double sum) { return sum; });
  return {};
}

template <class C>
Result<> write_edges(const Call& call, const std::vector<C>& edges, ScalarType dtype, Tensor& out) {
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, Sizes{static_cast<std::int64_t>(edges.size())}));
  write_results<C>(edges.data(), dtype, out, [](C edge) { return edge; });
  return {};
}

// Room for so many edges along an axis; a bin stands for an element of the out.
Result<> check_bins(const Call& call, std::span<const std::int64_t> bins) {
  for (const std::int64_t each : bins) {
    if (each <= 0) return call.fail(ErrorCode::Mismatch, std::to_string(each) + " bins");
    if (each > std::int64_t{1} << 26) return call.fail(ErrorCode::Limit, std::to_string(each) + " bins");
  }
  return {};
}

Result<> check_out(Call& call) {
  return contains(kFloats, call.out().dtype) ? Result<>() : unsupported_dtype(call, call.out().dtype);
}

Result<> histogram_counts(Call& call) {
  const std::int64_t bins[] = {call.integer(1)};
  PTETOOL_CHECK(check_bins(call, bins));
  PTETOOL_CHECK(check_out(call));
  const ScalarType dtype = call.tensor(0).dtype;
  return with_compute_type<kCounted>(call, dtype, [&]<class C>() -> Result<> {
    PTETOOL_ASSIGN(const auto points, points_of<C>(call, 1, true, call.optional_tensor(3)));
    PTETOOL_ASSIGN(const auto edges, edges_of<C>(call, bins, 2, points));
    PTETOOL_CHECK(count_points(call, points, edges, call.boolean(4), call.out(0)));
    return write_edges(call, edges[0], dtype, call.out(1));
  });
}

Result<> histogram_edges(Call& call) {
  const Tensor& bins = call.tensor(1);
  if (bins.rank() != 1 || bins.numel() == 0) return call.fail(ErrorCode::Mismatch, "bins is no row of edges");
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", bins, "bins"));
  PTETOOL_CHECK(check_out(call));
  return with_compute_type<kCounted>(call, bins.dtype, [&]<class C>() -> Result<> {
    PTETOOL_ASSIGN(const auto points, points_of<C>(call, 1, true, call.optional_tensor(2)));
    const Edges<C> edges = {numbers_of<C>(bins, bins.dtype)};
    PTETOOL_CHECK(count_points(call, points, edges, call.boolean(3), call.out(0)));
    return write_edges(call, edges[0], bins.dtype, call.out(1));
  });
}

// Calls f(points, edges) for self, bins, range and weight, the arguments 0 to 3.
template <class F>
Result<> with_equal_bins(Call& call, const F& f) {
  const auto bins = call.integers(1);
  PTETOOL_CHECK(check_bins(call, bins));
  if (bins.empty()) return call.fail(ErrorCode::Mismatch, "no bins");
  return with_compute_type<kCounted>(call, call.tensor(0).dtype, [&]<class C>() -> Result<> {
    PTETOOL_ASSIGN(const auto points, points_of<C>(call, bins.size(), false, call.optional_tensor(3)));
    PTETOOL_ASSIGN(const auto edges, edges_of<C>(call, bins, 2, points));
    return f(points, edges);
  });
}

Result<> histogramdd_counts(Call& call) {
  PTETOOL_CHECK(check_out(call));
  return with_equal_bins(call, [&](const auto& points, const auto& edges) {
    return count_points(call, points, edges, call.boolean(4), call.out());
  });
}

Result<> histogramdd_edges(Call& call) {
  const auto outs = call.tensors(call.out_index());
  const ScalarType dtype = call.tensor(0).dtype;
  return with_equal_bins(call, [&](const auto&, const auto& edges) -> Result<> {
    if (outs.size() != edges.size()) return call.fail(ErrorCode::Mismatch, "as many outs as axes are needed");
    for (std::size_t i = 0; i < outs.size(); ++i) {
      if (!outs[i]) return call.fail(ErrorCode::Mismatch, "an out is absent");
      PTETOOL_CHECK(write_edges(call, edges[i], dtype, *outs[i]));
    }
    return {};
  });
}

Result<> histogramdd_given(Call& call) {
  const auto bins = call.tensors(1);
  const ScalarType dtype = call.tensor(0).dtype;
  PTETOOL_CHECK(check_out(call));
  if (bins.empty()) return call.fail(ErrorCode::Mismatch, "no bins");
  for (const Tensor* each : bins) {
    if (!each || each->rank() != 1 || each->numel() == 0)
      return call.fail(ErrorCode::Mismatch, "bins is no row of edges");
    PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", *each, "bins"));
  }
  return with_compute_type<kCounted>(call, dtype, [&]<class C>() -> Result<> {
    PTETOOL_ASSIGN(const auto points, points_of<C>(call, bins.size(), false, call.optional_tensor(2)));
    Edges<C> edges;
    for (const Tensor* each : bins) edges.push_back(numbers_of<C>(*each, dtype));
    return count_points(call, points, edges, call.boolean(3), call.out());
  });
}

constexpr Operator kRows[] = {
    {"aten::histogram.bin_ct_out(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool "
     "density=False, Tensor(a!) hist, Tensor(b!) bin_edges) -> (Tensor(a!) hist, Tensor(b!) bin_edges)",
     histogram_counts},
    {"aten::histogram.bins_tensor_out(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False, Tensor(a!) "
     "hist, Tensor(b!) bin_edges) -> (Tensor(a!) hist, Tensor(b!) bin_edges)",
     histogram_edges},
    {"aten::_histogramdd_bin_edges.out(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, bool "
     "density=False, Tensor(a!)[] out) -> ()",
     histogramdd_edges},
    {"aten::_histogramdd_from_bin_cts.out(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, bool "
     "density=False, Tensor(a!) out) -> Tensor(a!)",
     histogramdd_counts},
    {"aten::_histogramdd_from_bin_tensors.out(Tensor self, Tensor[] bins, *, Tensor? weight=None, bool density=False, "
     "Tensor(a!) out) -> Tensor(a!)",
     histogramdd_given},
};

}  // namespace

std::span<const Operator> histogram_operators() { return kRows; }

}  // namespace ptetool::ops
