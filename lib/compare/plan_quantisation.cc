// One row for each operator that reads quantised weights: where its arguments are, and how parameters lie.
#include "compare/plan_quantisation.h"

#include <algorithm>

#include "ptetool/tensor/shape.h"

namespace ptetool::compare {

namespace {

// What has one scale and one zero point.
enum class Spread {
  Whole,   // the tensor
  Axis,    // a slice along the dim that the argument behind the zero points names
  Groups,  // a row, or a group of neighbours in a row where the scales are a matrix
};

struct Row {
  std::string_view op;
  std::size_t weight;  // argument; scales and zero points follow it
  Spread spread;
  Packing packing = Packing::None;
};
constexpr Row kRows[] = {
    {"quantized_decomposed::dequantize_per_tensor.out", 0, Spread::Whole},
    {"quantized_decomposed::dequantize_per_tensor.Tensor_out", 0, Spread::Whole},
    {"quantized_decomposed::dequantize_per_channel.out", 0, Spread::Axis},
    {"quantized_decomposed::dequantize_per_token.out", 0, Spread::Groups},
    {"quantized_decomposed::embedding_byte.out", 0, Spread::Groups},
    {"quantized_decomposed::embedding_byte.dtype_out", 0, Spread::Groups},
    {"quantized_decomposed::embedding_4bit.out", 0, Spread::Groups, Packing::FourBits},
    {"quantized_decomposed::embedding_4bit.dtype_out", 0, Spread::Groups, Packing::FourBits},
    {"quantized_decomposed::embedding_2bit.out", 0, Spread::Groups, Packing::TwoBits},
    {"quantized_decomposed::embedding_2bit.dtype_out", 0, Spread::Groups, Packing::TwoBits},
    {"quantized_decomposed::mixed_mm.out", 1, Spread::Groups},
    {"quantized_decomposed::mixed_linear.out", 1, Spread::Groups},
};

bool integers(ScalarType dtype) {
  const DtypeInfo* info = find_dtype(dtype);
  return info && (info->kind == DtypeKind::Signed || info->kind == DtypeKind::Unsigned);
}

class Finder {
 public:
  Finder(const pte::ExecutionPlan& plan, std::size_t index, WeightList& list)
      : plan_(plan), index_(index), list_(list) {}

  void look_at(const Row& row, std::span<const std::int32_t> args) {
    if (args.size() < row.weight + 4) return;
    Weight* weight = weight_at(args[row.weight]);
    if (!weight || weight->meaning.affine || !weight->meaning.dtype || !integers(*weight->meaning.dtype)) return;
    Affine affine{row.packing, {}, parameters(args[row.weight + 1]), parameters(args[row.weight + 2])};
    std::vector<std::int64_t> sizes = weight->meaning.sizes;
    if (row.packing != Packing::None) {
      if (sizes.empty() || !weight->meaning.dim_order.empty()) return;
      const auto columns = checked_mul(sizes.back(), std::int64_t{per_byte(row.packing)});
      if (!columns) return;
      sizes.back() = *columns;
    }
    if (!affine.scales.known() || !affine.zero_points.known()) return;
    const auto axis = integer(args[row.weight + 3]);
    const auto blocks = blocks_of(row, sizes, weight_at(args[row.weight + 1]), axis);
    if (!blocks || !fits(affine, sizes, *blocks)) return;
    affine.blocks = *blocks;
    weight->meaning.sizes = std::move(sizes);
    weight->meaning.affine = std::move(affine);
  }

 private:
  const pte::Value* value(std::int32_t index) const {
    return index >= 0 && static_cast<std::size_t>(index) < plan_.values.size()
               ? &plan_.values[static_cast<std::size_t>(index)]
               : nullptr;
  }
  Weight* weight_at(std::int32_t index) const {
    const auto found =
        index < 0 ? list_.of_value.end() : list_.of_value.find({index_, static_cast<std::size_t>(index)});
    return found == list_.of_value.end() ? nullptr : &list_.weights[found->second];
  }
  std::optional<std::int64_t> integer(std::int32_t index) const {
    const pte::Value* found = value(index);
    const auto* number = found ? std::get_if<pte::Int>(&found->content) : nullptr;
    return number ? std::optional(number->value) : std::nullopt;
  }

  Parameters parameters(std::int32_t index) const {
    Parameters result;
    if (const Weight* weight = weight_at(index)) {
      if (weight->meaning.dtype && weight->bytes && !weight->meaning.affine) {
        result.dtype = *weight->meaning.dtype;
        result.bytes = *weight->bytes;
      }
      return result;
    }
    const pte::Value* found = value(index);
    if (!found || std::holds_alternative<pte::Null>(found->content)) result.number = 0;
    if (!found) return result;
    if (const auto* real = std::get_if<pte::Double>(&found->content)) result.number = real->value;
    if (const auto* whole = std::get_if<pte::Int>(&found->content)) result.number = static_cast<double>(whole->value);
    return result;
  }

  static std::optional<std::vector<std::int64_t>> blocks_of(const Row& row, std::vector<std::int64_t> sizes,
                                                            const Weight* scales, std::optional<std::int64_t> axis) {
    if (row.spread == Spread::Whole) return sizes;
    if (row.spread == Spread::Axis) {
      const auto rank = std::ssize(sizes);
      if (!axis || *axis < -rank || *axis >= rank) return std::nullopt;
      sizes[static_cast<std::size_t>(*axis < 0 ? *axis + rank : *axis)] = 1;
      return sizes;
    }
    if (!scales || sizes.empty()) return std::nullopt;
    const std::vector<std::int64_t>& shape = scales->meaning.sizes;
    const bool grouped = shape.size() == sizes.size() && shape.back() > 1;
    const std::int64_t groups = grouped ? shape.back() : 1;
    const std::int64_t columns = sizes.back();
    for (std::int64_t& size : sizes) size = 1;
    sizes.back() = columns / groups + (columns % groups != 0 ? 1 : 0);
    return sizes;
  }

  // Are there as many parameters as blocks?
  static bool fits(const Affine& affine, const std::vector<std::int64_t>& sizes,
                   const std::vector<std::int64_t>& blocks) {
    std::uint64_t count = 1;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (blocks[d] <= 0) return false;
      const auto more = checked_mul(count, static_cast<std::uint64_t>((sizes[d] + blocks[d] - 1) / blocks[d]));
      if (!more) return false;
      count = *more;
    }
    return affine.scales.count() >= count && affine.zero_points.count() >= count;
  }

  const pte::ExecutionPlan& plan_;
  std::size_t index_;
  WeightList& list_;
};

}  // namespace

void find_quantisations(const pte::Program& program, std::size_t plan_index, WeightList& list) {
  const pte::ExecutionPlan& plan = program.execution_plan[plan_index];
  std::vector<const Row*> rows(plan.operators.size(), nullptr);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = std::ranges::find(kRows, plan.operators[i].full_name(), &Row::op);
    if (found != std::end(kRows)) rows[i] = found;
  }
  Finder finder(plan, plan_index, list);
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (!call || call->op_index < 0 || static_cast<std::size_t>(call->op_index) >= rows.size()) continue;
      if (const Row* row = rows[static_cast<std::size_t>(call->op_index)]) finder.look_at(*row, call->args);
    }
  }
}

}  // namespace ptetool::compare
