// The one loop that all elementwise operators run through.
#include "ops/pointwise.h"

#include "ops/walk.h"

namespace ptetool::ops {

namespace {

constexpr std::size_t kMostOperands = 5;  // gradients have two tensors and up to three numbers

bool is_single(const Operand& operand) { return !operand.tensor || operand.tensor->numel() == 1; }

// One operand: a tensor to read along, or a block that holds the same number throughout.
class Source {
 public:
  Source(const Operand& operand, ScalarType common) : reader_(dtype_of(operand), effective(operand, common)) {
    const ScalarType as = operand.as.value_or(common);
    if (!operand.tensor) {
      fill_block(operand.scalar, as, kBlock, !(operand.precise && is_floating(as)), block_);
      numbers_ = block_.data();
    } else {
      data_ = operand.tensor->as<std::uint8_t>();
      element_size_ = static_cast<std::int64_t>(operand.tensor->element_size());
      if (operand.tensor->numel() == 1) numbers_ = reader_.read(data_, 0, kBlock, block_);
    }
  }

  const void* read(std::int64_t offset, std::int64_t step, std::int64_t count) {
    if (numbers_) return numbers_;
    return reader_.read(data_ + offset * element_size_, step, count, block_);
  }

 private:
  static ScalarType dtype_of(const Operand& operand) {
    return operand.tensor ? operand.tensor->dtype : ScalarType::Float;
  }
  static ScalarType effective(const Operand& operand, ScalarType common) {
    const ScalarType as = operand.as.value_or(common);
    const bool reduced = as == ScalarType::Half || as == ScalarType::BFloat16;
    return operand.precise && reduced && is_single(operand) ? ScalarType::Float : as;
  }

  Reader reader_;
  const std::uint8_t* data_ = nullptr;
  std::int64_t element_size_ = 0;
  const void* numbers_ = nullptr;
  Block block_;
};

template <std::size_t kOperands>
void run(const Call& call, std::span<const Operand> operands, ScalarType common, ScalarType result, Tensor& out,
         BlockFunction function, const void* state) {
  std::array<Strides, kOperands + 1> strides;
  strides[0] = out.strides;
  for (std::size_t k = 0; k < kOperands; ++k) {
    strides[k + 1] =
        operands[k].tensor ? broadcast_strides(*operands[k].tensor, out.rank()) : Strides::filled(out.rank(), 0);
  }
  const Walk<kOperands + 1> walk(out.sizes, strides);
  const Writer writer(result, out.dtype);
  const auto element_size = static_cast<std::int64_t>(out.element_size());
  const auto run_pieces = [&](std::int64_t first, std::int64_t last) {
    auto sources = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      return std::array<Source, kOperands>{Source(operands[kIndex], common)...};
    }
    (std::make_index_sequence<kOperands>());
    Block scratch;
    walk.each_piece(kBlock, first, last, [&](const auto& offsets, std::int64_t count) {
      std::array<const void*, kOperands> inputs;
      for (std::size_t k = 0; k < kOperands; ++k) {
        inputs[k] = sources[k].read(offsets[k + 1], walk.row_step(k + 1), count);
      }
      std::uint8_t* to = out.as<std::uint8_t>() + offsets[0] * element_size;
      void* numbers = writer.target(to, walk.row_step(0), scratch);
      function(state, inputs.data(), numbers, count);
      writer.write(numbers, to, walk.row_step(0), count);
    });
  };
  // A single number that lies in the out's memory is read once, before anything is written.
  const bool apart = std::ranges::none_of(operands, [&](const Operand& operand) {
    return operand.tensor && is_single(operand) && operand.tensor->bytes().data() >= out.bytes().data() &&
           operand.tensor->bytes().data() < out.bytes().data() + out.bytes().size();
  });
  if (apart) {
    call.parallel(walk.pieces(kBlock), kBlock, run_pieces);
  } else {
    run_pieces(0, walk.pieces(kBlock));
  }
}

}  // namespace

Operand arg(Call& call, std::size_t index) {
  if (const Tensor* tensor = call.optional_tensor(index)) return operand(*tensor);
  return {nullptr, call.scalar(index), {}, false};
}

Operand precise_arg(Call& call, std::size_t index) {
  Operand operand = arg(call, index);
  operand.precise = true;
  return operand;
}

Result<> run_pointwise(Call& call, Tensor& out, std::span<const Operand> operands, ScalarType common, ScalarType result,
                       BlockFunction function, const void* state) {
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  Sizes sizes;
  for (const Operand& operand : operands) {
    if (!operand.tensor) continue;
    if (!contains(kConvertible, operand.tensor->dtype)) return unsupported_dtype(call, operand.tensor->dtype);
    auto merged = broadcast(call, sizes, operand.tensor->sizes);
    if (!merged) return forward_error(std::move(merged));
    sizes = *merged;
  }
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  switch (operands.size()) {
    case 1: run<1>(call, operands, common, result, out, function, state); break;
    case 2: run<2>(call, operands, common, result, out, function, state); break;
    case 3: run<3>(call, operands, common, result, out, function, state); break;
    case 4: run<4>(call, operands, common, result, out, function, state); break;
    case kMostOperands: run<kMostOperands>(call, operands, common, result, out, function, state); break;
    default: return call.fail(ErrorCode::Internal, "no loop for so many operands");
  }
  return {};
}

}  // namespace ptetool::ops
