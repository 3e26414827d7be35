// The places of numbers among sorted boundaries: searchsorted, bucketize.
#include <type_traits>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

struct Search {
  bool right = false;              // after equal boundaries instead of before
  const Tensor* sorter = nullptr;  // the order of the boundaries, which are not sorted themselves
};

// How many of `count` boundaries come before `value`. NaN comes after all of them.
template <class C, class F>
std::int64_t place_of(C value, bool right, std::int64_t count, const F& boundary) {
  std::int64_t begin = 0;
  std::int64_t end = count;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    const C at = boundary(middle);
    if (right ? at > value : at >= value) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

// The order that the sorter gives, if there is one, each place within a row of boundaries.
Result<std::vector<std::int64_t>> read_sorter(const Call& call, const Tensor& boundaries, const Tensor* sorter) {
  if (!sorter) return std::vector<std::int64_t>();
  if (!(sorter->sizes == boundaries.sizes)) {
    return call.fail(ErrorCode::Mismatch, "the sorter's shape is not that of the boundaries");
  }
  if (sorter->dtype != ScalarType::Long) {
    return call.fail(ErrorCode::Unsupported, "a sorter of dtype " + dtype_name(sorter->dtype));
  }
  auto order = numbers_of<std::int64_t>(*sorter, ScalarType::Long);
  const std::int64_t length = boundaries.sizes[boundaries.rank() - 1];
  for (const std::int64_t each : order) {
    if (each < 0 || each >= length) {
      return call.fail(ErrorCode::Mismatch,
                       "the sorter names " + std::to_string(each) + " of " + std::to_string(length) + " boundaries");
    }
  }
  return order;
}

Result<> check_boundaries(const Call& call, const Tensor& boundaries, const Sizes& values) {
  if (boundaries.rank() == 0) return call.fail(ErrorCode::Mismatch, "the boundaries are 0-d");
  if (boundaries.rank() == 1) return {};
  if (boundaries.rank() != values.size() || !std::equal(values.begin(), values.end() - 1, boundaries.sizes.begin())) {
    return call.fail(ErrorCode::Mismatch, "boundaries of several dimensions match the values in all but the last");
  }
  return {};
}

// `values` is a tensor, or null for `number`.
Result<> search(Call& call, const Tensor& boundaries, const Tensor* values, const Scalar& number, const Search& how) {
  Tensor& out = call.out();
  const Sizes sizes = values ? values->sizes : Sizes();
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(check_boundaries(call, boundaries, sizes));
  const auto order = read_sorter(call, boundaries, how.sorter);
  if (!order) return Failure(order.error());
  Promotion promotion;
  promotion.add(boundaries);
  if (values) {
    promotion.add(*values);
  } else {
    promotion.add(number);
  }
  const ScalarType common = promotion.type();
  const auto is_real = [](ScalarType dtype) { return contains(kRealsAndBool, dtype); };
  if (!is_real(boundaries.dtype)) return unsupported_dtype(call, boundaries.dtype);
  if (values && !is_real(values->dtype)) return unsupported_dtype(call, values->dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  return with_compute_type<kReals>(call, common, [&]<class C>() -> Result<> {
    const std::vector<C> edges = numbers_of<C>(boundaries, common);
    std::vector<C> wanted(1);
    if (values) {
      wanted = numbers_of<C>(*values, common);
    } else {
      Block block;
      fill_block(number, common, 1, true, block);
      wanted[0] = *block.as<C>();
    }
    const std::int64_t length = boundaries.sizes[boundaries.rank() - 1];
    const std::int64_t per_row = boundaries.rank() == 1 ? out.numel() : sizes[sizes.size() - 1];
    std::vector<std::int64_t> places(wanted.size());
    call.parallel(static_cast<std::int64_t>(wanted.size()), 60, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t row = i / per_row * length;
        places[static_cast<std::size_t>(i)] =
            place_of(wanted[static_cast<std::size_t>(i)], how.right, length, [&](std::int64_t at) {
              const std::int64_t in_row = order->empty() ? at : (*order)[static_cast<std::size_t>(row + at)];
              return edges[static_cast<std::size_t>(row + in_row)];
            });
      }
    });
    write_results<std::int64_t>(places.data(), ScalarType::Long, out, [](std::int64_t place) { return place; });
    return {};
  });
}

// The arguments after `*` of searchsorted.
Result<Search> search_arguments(Call& call) {
  Search how{call.boolean(3), call.optional_tensor(5)};
  if (call.is_none(4)) return how;
  const std::string_view side = call.text(4);
  if (side != "left" && side != "right") {
    return call.fail(ErrorCode::Mismatch, "side is \"" + std::string(side) + "\", not \"left\" or \"right\"");
  }
  if (side == "left" && how.right) return call.fail(ErrorCode::Mismatch, "side is \"left\", but right is true");
  how.right = side == "right";
  return how;
}

Result<> searchsorted(Call& call) {
  const auto how = search_arguments(call);
  if (!how) return Failure(how.error());
  return search(call, call.tensor(0), &call.tensor(1), {}, *how);
}
Result<> searchsorted_scalar(Call& call) {
  const auto how = search_arguments(call);
  if (!how) return Failure(how.error());
  return search(call, call.tensor(0), nullptr, call.scalar(1), *how);
}

Result<> check_bucket_boundaries(Call& call) {
  if (call.tensor(1).rank() == 1) return {};
  return call.fail(ErrorCode::Mismatch, "boundaries of rank " + std::to_string(call.tensor(1).rank()));
}
Result<> bucketize(Call& call) {
  PTETOOL_CHECK(check_bucket_boundaries(call));
  return search(call, call.tensor(1), &call.tensor(0), {}, {call.boolean(3), nullptr});
}
Result<> bucketize_scalar(Call& call) {
  PTETOOL_CHECK(check_bucket_boundaries(call));
  return search(call, call.tensor(1), nullptr, call.scalar(0), {call.boolean(3), nullptr});
}

constexpr Operator kRows[] = {
    {"aten::searchsorted.Tensor_out(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, "
     "str? side=None, Tensor? sorter=None, Tensor(a!) out) -> Tensor(a!)",
     searchsorted},
    {"aten::searchsorted.Scalar_out(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, "
     "str? side=None, Tensor? sorter=None, Tensor(a!) out) -> Tensor(a!)",
     searchsorted_scalar},
    {"aten::bucketize.Tensor_out(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False, "
     "Tensor(a!) out) -> Tensor(a!)",
     bucketize},
    {"aten::bucketize.Scalar_out(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False, "
     "Tensor(a!) out) -> Tensor(a!)",
     bucketize_scalar},
};

}  // namespace

std::span<const Operator> search_operators() { return kRows; }

}  // namespace ptetool::ops
