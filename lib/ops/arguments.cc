// The checks of arguments.h, with messages that name the operator and the numbers in conflict.
#include "ops/arguments.h"

#include "ops/compute.h"

#include "ptetool/base/text.h"

namespace ptetool::ops {

Result<std::size_t> dimension(const Call& call, std::int64_t dim, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(rank, 1));
  if (dim < -count || dim >= count) {
    return call.fail(ErrorCode::Mismatch,
                     "dimension " + std::to_string(dim) + " of a tensor of rank " + std::to_string(rank));
  }
  return static_cast<std::size_t>(dim < 0 ? dim + count : dim);
}

Result<ShortList<bool>> dimension_flags(const Call& call, std::span<const std::int64_t> dims, std::size_t rank) {
  auto flags = ShortList<bool>::filled(std::max<std::size_t>(rank, 1), false);
  for (const std::int64_t each : dims) {
    const auto dim = dimension(call, each, rank);
    if (!dim) return Failure(dim.error());
    if (flags[*dim]) return call.fail(ErrorCode::Mismatch, "dimension " + std::to_string(*dim) + " is named twice");
    flags[*dim] = true;
  }
  return flags;
}

Result<Sizes> broadcast(const Call& call, std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  Sizes sizes = Sizes::filled(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t of_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t of_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) {
      return call.fail(ErrorCode::Mismatch,
                       "shapes " + shape_text(a) + " and " + shape_text(b) + " cannot be broadcast together");
    }
    sizes[sizes.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  if (!checked_numel(sizes.span())) {
    return call.fail(ErrorCode::Limit, "the shape " + shape_text(sizes.span()) + " is too large");
  }
  return sizes;
}

Strides broadcast_strides(std::span<const std::int64_t> sizes, std::span<const std::int64_t> strides,
                          std::size_t target_rank) {
  Strides result = Strides::filled(target_rank, 0);
  const std::size_t shift = target_rank - sizes.size();
  for (std::size_t i = 0; i < sizes.size(); ++i) result[i + shift] = sizes[i] == 1 ? 0 : strides[i];
  return result;
}

Result<> prepare(const Call& call, Tensor& out, std::span<const std::int64_t> sizes) {
  if (!std::equal(sizes.begin(), sizes.end(), out.sizes.begin(), out.sizes.end()) && call.is_named_twice(out)) {
    return call.fail(ErrorCode::Mismatch, "the out would change its shape from " + shape_text(out.sizes.span()) +
                                              " to " + shape_text(sizes) + " while it is an input as well");
  }
  if (auto resized = out.resize(sizes); !resized) {
    return call.fail(resized.error().code, "the out does not fit the result: " + resized.error().message);
  }
  if (!out.data && out.numel() != 0) return call.fail(ErrorCode::Malformed, "the out has no memory");
  return {};
}

Result<Sizes> sizes_of(const Call& call, std::span<const std::int64_t> list) {
  if (list.size() > kMaxRank) return call.fail(ErrorCode::Limit, "a shape of " + counted(list.size(), "dimension"));
  if (!checked_numel(list)) return call.fail(ErrorCode::Mismatch, "the sizes " + shape_text(list) + " are no shape");
  return Sizes(list);
}

Result<Sizes> view_sizes(const Call& call, std::span<const std::int64_t> list, std::int64_t numel) {
  if (list.size() > kMaxRank) return call.fail(ErrorCode::Limit, "a shape of " + counted(list.size(), "dimension"));
  Sizes sizes(list);
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != -1) continue;
    if (open) return call.fail(ErrorCode::Mismatch, "more than one size of " + shape_text(list) + " is -1");
    open = i;
    sizes[i] = 1;
  }
  const auto rest = checked_numel(sizes.span());
  if (rest && open && *rest > 0 && numel % *rest == 0) sizes[*open] = numel / *rest;
  if (!rest || (open && *rest == 0) || checked_numel(sizes.span()) != numel) {
    return call.fail(ErrorCode::Mismatch, counted(static_cast<std::uint64_t>(numel), "element") +
                                              " cannot be viewed as " + shape_text(list));
  }
  return sizes;
}

Result<> check_converts(const Call& call, const Scalar& number, ScalarType dtype) {
  if (converts(number, dtype)) return {};
  return call.fail(ErrorCode::Mismatch, "the number is beyond the range of " + dtype_name(dtype));
}

Failure unsupported_dtype(const Call& call, ScalarType dtype) {
  return call.fail(ErrorCode::Unsupported, "does not compute in " + dtype_name(dtype));
}

Result<> same_dtype(const Call& call, const Tensor& a, std::string_view a_name, const Tensor& b,
                    std::string_view b_name) {
  if (a.dtype == b.dtype) return {};
  return call.fail(ErrorCode::Mismatch, std::string(a_name) + " is " + dtype_name(a.dtype) + ", " +
                                            std::string(b_name) + " is " + dtype_name(b.dtype));
}

}  // namespace ptetool::ops
