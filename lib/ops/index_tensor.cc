// index and index_put: advanced indexing with index tensors, masks and left-out dimensions, as in NumPy and PyTorch.
//
// Masks stand for the coordinates where they are true, one index for each of their dimensions. All indices are
// broadcast together; the dimensions of that shape stand where the indices stand if these are neighbours, else first.
#include <optional>
#include <vector>

#include "ops/accumulate.h"
#include "ops/nonzero.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// One per dimension of self: the index, in C order, or nothing for a dimension that is taken whole.
using Indices = std::vector<std::optional<OwnedTensor>>;

Result<> add_mask(const Call& call, const Tensor& self, const Tensor& mask, Indices& indices) {
  const std::size_t first = indices.size();
  bool fits = first + mask.rank() <= self.rank();
  for (std::size_t i = 0; fits && i < mask.rank(); ++i) fits = mask.sizes[i] == self.sizes[first + i];
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "a mask of shape " + shape_text(mask.sizes.span()) + " at dimension " +
                                              std::to_string(first) + " of a tensor of shape " +
                                              shape_text(self.sizes.span()));
  }
  PTETOOL_ASSIGN(OwnedTensor coordinates, coordinates_of(call, mask));
  const std::int64_t count = coordinates.tensor.sizes[1];
  for (std::size_t i = 0; i < mask.rank(); ++i) {
    OwnedTensor row{make_tensor(ScalarType::Long, Sizes{count}), coordinates.memory};
    row.tensor.data = coordinates.tensor.as<std::int64_t>() + static_cast<std::int64_t>(i) * count;
    indices.push_back(std::move(row));
  }
  return {};
}

Result<Indices> read_all(const Call& call, const Tensor& self, std::span<Tensor* const> given) {
  Indices indices;
  for (const Tensor* index : given) {
    if (index && contains(dtype_set(ScalarType::Bool, ScalarType::Byte), index->dtype)) {
      PTETOOL_CHECK(add_mask(call, self, *index, indices));
      continue;
    }
    if (indices.size() >= self.rank()) {
      return call.fail(ErrorCode::Mismatch,
                       "more indices than the tensor has dimensions, " + std::to_string(self.rank()));
    }
    if (!index) {
      indices.push_back(std::nullopt);
      continue;
    }
    auto numbers = read_indices(call, *index, self.sizes[indices.size()], true);
    if (!numbers) return forward_error(std::move(numbers));
    indices.push_back(*std::move(numbers));
  }
  indices.resize(self.rank());
  return indices;
}

// The shape that all indices are broadcast to.
Result<Sizes> common_shape(const Call& call, const Indices& indices) {
  Sizes common;
  for (const auto& index : indices) {
    if (!index) continue;
    auto merged = broadcast(call, common, index->tensor.sizes);
    if (!merged) return merged;
    common = *merged;
  }
  return common;
}

// Are the indexed dimensions neighbours?
bool adjacent(const Indices& indices) {
  bool seen = false;
  bool ended = false;
  for (const auto& index : indices) {
    if (index && ended) return false;
    ended = ended || (seen && !index);
    seen = seen || index.has_value();
  }
  return true;
}

Result<OwnedTensor> offsets_of(const Tensor& self, const Indices& indices, const Sizes& common) {
  PTETOOL_ASSIGN(OwnedTensor offsets, allocate_tensor(ScalarType::Long, common));
  auto* to = offsets.tensor.as<std::int64_t>();
  for (std::size_t dim = 0; dim < indices.size(); ++dim) {
    if (!indices[dim]) continue;
    const Tensor& index = indices[dim]->tensor;
    const Walk<2> walk(common, {offsets.tensor.strides, broadcast_strides(index, common.size())});
    walk.each_row([&](const auto& at) {
      for (std::int64_t i = 0; i < walk.row_length(); ++i) {
        to[at[0] + i * walk.row_step(0)] += index.as<std::int64_t>()[at[1] + i * walk.row_step(1)] * self.strides[dim];
      }
    });
  }
  return offsets;
}

// Where the elements of self[indices] lie in self.
Result<Places> places_of(const Call& call, const Tensor& self, std::span<Tensor* const> given) {
  const auto indices = read_all(call, self, given);
  if (!indices) return Failure(indices.error());
  const auto common = common_shape(call, *indices);
  if (!common) return Failure(common.error());
  Places places;
  const Strides table = strides_of(*common, contiguous_order(common->size()));
  bool placed = false;
  bool fits = true;
  const auto add = [&](std::int64_t size, std::int64_t of_table, std::int64_t own) {
    fits = fits && !places.sizes.full();
    if (!fits) return;
    places.sizes.push_back(size);
    places.table.push_back(of_table);
    places.strides.push_back(own);
  };
  const auto add_common = [&] {
    for (std::size_t i = 0; i < common->size() && !placed; ++i) add((*common)[i], table[i], 0);
    placed = true;
  };
  if (!adjacent(*indices)) add_common();
  for (std::size_t dim = 0; dim < self.rank(); ++dim) {
    if ((*indices)[dim])
      add_common();
    else
      add(self.sizes[dim], 0, self.strides[dim]);
  }
  if (!fits || !checked_numel(places.sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  if (numel(places.sizes) == 0) return places;
  auto offsets = offsets_of(self, *indices, *common);
  if (!offsets) return call.fail(offsets.error().code, offsets.error().message);
  places.offsets = *std::move(offsets);
  return places;
}

Result<> index(Call& call) {
  const Tensor self = call.tensor(0);
  PTETOOL_CHECK(same_dtype(call, self, "self", call.out(), "the out"));
  const auto places = places_of(call, self, call.tensors(1));
  if (!places) return Failure(places.error());
  PTETOOL_CHECK(prepare(call, call.out(), places->sizes));
  load_places(call, self, *places, View(call.out()));
  return {};
}

// Arguments: self, indices, values, accumulate. `start(target)` makes the target what self is.
template <class F>
Result<> put(Call& call, Tensor& target, const F& start) {
  const Tensor values = call.tensor(2);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", values, "values"));
  const auto places = places_of(call, target, call.tensors(1));
  if (!places) return Failure(places.error());
  const auto merged = broadcast(call, places->sizes, values.sizes);
  if (!merged) return Failure(merged.error());
  if (!(*merged == places->sizes)) {
    return call.fail(ErrorCode::Mismatch, "values of shape " + shape_text(values.sizes.span()) +
                                              " for indices of shape " + shape_text(places->sizes.span()));
  }
  PTETOOL_CHECK(start());
  View from(values);
  from.strides = broadcast_strides(values, places->sizes.size());
  from.sizes = places->sizes;
  if (call.boolean(3)) return combine_at_places(call, from, *places, Combine::SumInSteps, true, target);
  store_places(call, from, *places, target);
  return {};
}

Result<> index_put(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  return put(call, out, [&] { return copy_view(call, View(self), View(out)); });
}

Result<> index_put_in_place(Call& call) {
  Tensor& self = call.tensor(0);
  PTETOOL_CHECK(prepare(call, self, Sizes(self.sizes)));
  PTETOOL_CHECK(put(call, self, [] { return Result<>(); }));
  call.result() = Tensor(self);
  return {};
}

constexpr Operator kRows[] = {
    {"aten::index.Tensor_out(Tensor self, Tensor?[] indices, *, Tensor(a!) out) -> Tensor(a!)", index},
    {"aten::index_put.out(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False, *, Tensor(a!) out) "
     "-> Tensor(a!)",
     index_put},
    {"aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)",
     index_put_in_place},
};

}  // namespace

std::span<const Operator> index_tensor_operators() { return kRows; }

}  // namespace ptetool::ops
