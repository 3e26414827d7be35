// VAL: sizes and dim orders of tensors (format-facts 5.3).
#include <algorithm>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

void shapes_present(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.sizes.data()) context.report(at.path("sizes"), at.offset(), "is absent");
    if (!tensor.dim_order.data()) context.report(at.path("dim_order"), at.offset(), "is absent");
  });
}

void rank_limited(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.sizes.size() <= kMaxRank) return;
    context.report(at.path("sizes"), at.offset(),
                   "has " + std::to_string(tensor.sizes.size()) + " dimensions, the limit is 16");
  });
}

void sizes_not_negative(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.sizes.size() > kMaxRank) return;
    if (std::ranges::all_of(tensor.sizes, [](std::int32_t size) { return size >= 0; })) return;
    context.report(at.path("sizes"), at.offset(), "are " + shape_text(tensor.sizes) + ": a size is negative");
  });
}

void sizes_multiply(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    const auto element = dtype_size(tensor.scalar_type);
    if (tensor.sizes.size() > kMaxRank || !element) return;
    // Strides count sizes of 0 as 1, so that they too must fit.
    auto bytes = std::optional(static_cast<std::int64_t>(*element));
    for (const std::int32_t size : tensor.sizes) {
      if (size < 0) return;
      if (bytes) bytes = checked_mul<std::int64_t>(*bytes, std::max(size, 1));
    }
    if (!bytes) {
      context.report(at.path("sizes"), at.offset(),
                     "are " + shape_text(tensor.sizes) + ": the number of bytes does not fit 64 bits");
    }
  });
}

void dim_order_matches(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.dim_order.size() == tensor.sizes.size()) return;
    context.report(
        at.path("dim_order"), at.offset(),
        "has " + counted(tensor.dim_order.size(), "item") + ", sizes has " + std::to_string(tensor.sizes.size()));
  });
}

void dim_order_permutes(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.dim_order.size() != tensor.sizes.size() || tensor.dim_order.size() > kMaxRank) return;
    if (is_permutation(tensor.dim_order)) return;
    context.report(at.path("dim_order"), at.offset(),
                   "is " + shape_text(tensor.dim_order) + ", not a permutation of the dimensions");
  });
}

void no_storage_offset(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.storage_offset == 0) return;
    context.report(at.path("storage_offset"), at.offset(), "is " + std::to_string(tensor.storage_offset) + ", not 0");
  });
}

void dynamism_known(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.shape_dynamism == pte::ShapeDynamism::Static ||
        tensor.shape_dynamism == pte::ShapeDynamism::DynamicBound) {
      return;
    }
    const bool unbound = tensor.shape_dynamism == pte::ShapeDynamism::DynamicUnbound;
    context.report(at.path("shape_dynamism"), at.offset(),
                   unbound ? std::string("is DYNAMIC_UNBOUND, which no runtime supports")
                           : "has the unknown value " + std::to_string(static_cast<int>(tensor.shape_dynamism)));
  });
}

constexpr Rule kRules[] = {
    {{.id = "VAL003",
      .title = "every tensor has sizes and a dim order",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write empty vectors for tensors without dimensions"},
     shapes_present},
    {{.id = "VAL004",
      .guards_execution = true,
      .title = "sizes are not negative",
      .cause = "a dynamic size exported as -1, or a damaged program",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export with bounds for dynamic dimensions"},
     sizes_not_negative},
    {{.id = "VAL005",
      .guards_execution = true,
      .title = "a tensor's bytes and strides fit 64 bits",
      .cause = "a damaged or hostile program",
      .effect = "ExecuTorch since v1.2 refuses overflowing sizes when it verifies; without it the product wraps around",
      .cure = "do not use the file"},
     sizes_multiply},
    {{.id = "VAL006",
      .guards_execution = true,
      .title = "a tensor has at most 16 dimensions",
      .cause = "a damaged or hostile program",
      .effect = "ExecuTorch refuses the method",
      .cure = "export the program again"},
     rank_limited},
    {{.id = "VAL007",
      .guards_execution = true,
      .title = "the dim order is as long as the sizes",
      .cause = "a damaged program",
      .effect = "ExecuTorch takes the longer list's items from behind the shorter one",
      .cure = "export the program again"},
     dim_order_matches},
    {{.id = "VAL008",
      .guards_execution = true,
      .title = "the dim order is a permutation of the dimensions",
      .cause = "a damaged program",
      .effect = "ExecuTorch refuses items that are too large; repeated ones give wrong strides",
      .cure = "export the program again"},
     dim_order_permutes},
    {{.id = "VAL009",
      .guards_execution = true,
      .title = "the storage offset is 0",
      .cause = "a writer that keeps PyTorch's storage offsets",
      .effect = "ExecuTorch refuses the method with NotSupported",
      .cure = "make the tensor contiguous before export"},
     no_storage_offset},
    {{.id = "VAL010",
      .guards_execution = true,
      .title = "shapes are static or have bounds",
      .cause = "a dynamic dimension without an upper bound at export",
      .effect = "ExecuTorch refuses the method with NotSupported",
      .cure = "export with bounds for dynamic dimensions"},
     dynamism_known},
};

}  // namespace

std::span<const Rule> val_shape_rules() { return kRules; }

}  // namespace ptetool::verify
