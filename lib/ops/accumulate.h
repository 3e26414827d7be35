// Accumulating into computed places: scatter_add, scatter_reduce, index_add, index_reduce, index_put and put with
// accumulate.
#pragma once

#include "ops/places.h"

namespace ptetool::ops {

// SumInSteps: rounded to half or bfloat16 after every addition, as PyTorch does in index_put and put (but not
// elsewhere).
enum class Combine : std::uint8_t { Sum, SumInSteps, Product, Mean, Largest, Smallest };

// "sum", "prod", "mean", "amax", "amin", and as scatter.reduce says it, "add" and "multiply".
Result<Combine> combine_named(const Call& call, std::string_view name);

// Combines every from[c], times `alpha`, into out[place of c]. Without `include_self`, what the out held at a place
// that is named does not count. Mean divides by how many were summed, integers towards minus infinity. The dtypes are
// equal. Errors: Unsupported (dtypes without this arithmetic), Limit.
Result<> combine_at_places(const Call& call, const View& from, const Places& places, Combine combine, bool include_self,
                           Tensor& out, const Scalar& alpha = {Scalar::Kind::Int, 1, 0});

}  // namespace ptetool::ops
