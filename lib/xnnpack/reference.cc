// Executes XNNPACK graphs with loops written straight from the definitions of the nodes: slow, and plainly right.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "ptetool/base/text.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/graph_plan.h"
#include "xnnpack/reference_node.h"

namespace ptetool {

namespace xnn {

namespace {

constexpr std::uint32_t kTransposeWeights = 1;

Strides row_major(const Sizes& sizes) { return strides_of(sizes.span(), contiguous_order(sizes.size())); }

// Calls visit(i, index) for each element of `sizes` in row-major order.
template <class Visit>
void for_each_index(const Sizes& sizes, Visit&& visit) {
  Sizes index = Sizes::filled(sizes.size(), 0);
  const std::int64_t count = numel(sizes.span());
  for (std::int64_t i = 0; i < count; ++i) {
    visit(i, index);
    for (std::size_t d = sizes.size(); d-- > 0;) {
      if (++index[d] < sizes[d]) break;
      index[d] = 0;
    }
  }
}

// Strides for reading `sizes` as if it had the shape `to`: 0 along stretched dims.
Strides stretched(std::span<const std::int64_t> sizes, std::size_t rank) {
  const Strides dense = row_major(Sizes(sizes));
  Strides strides = Strides::filled(rank, 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    strides[rank - sizes.size() + i] = sizes[i] == 1 ? 0 : dense[i];
  }
  return strides;
}

std::int64_t dot(const Sizes& index, const Strides& strides) {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < strides.size(); ++d) sum += index[d] * strides[d];
  return sum;
}

template <class F>
void unary(const NodeCall& call, F&& f) {
  const std::int64_t count = numel(call.sizes.span());
  for (std::int64_t i = 0; i < count; ++i) call.output[i] = f(call.inputs[0].data[i]);
}

template <class F>
void binary(const NodeCall& call, F&& f) {
  const Strides a = stretched(call.inputs[0].sizes.span(), call.sizes.size());
  const Strides b = stretched(call.inputs[1].sizes.span(), call.sizes.size());
  for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) {
    call.output[i] = f(call.inputs[0].data[dot(index, a)], call.inputs[1].data[dot(index, b)]);
  });
}

void fully_connected(const NodeCall& call) {
  const bool transposed = (call.node.flags & kTransposeWeights) != 0;
  const Sizes& filter = call.inputs[1].sizes;
  const std::int64_t in = filter[transposed ? 0 : 1];
  const std::int64_t out = filter[transposed ? 1 : 0];
  const std::int64_t rows = out == 0 ? 0 : numel(call.sizes.span()) / out;
  const std::int64_t filter_out = transposed ? 1 : in;
  const std::int64_t filter_in = transposed ? out : 1;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      double sum = call.inputs.size() > 2 ? double{call.inputs[2].data[o]} : 0.0;
      for (std::int64_t i = 0; i < in; ++i) {
        sum += double{call.inputs[0].data[r * in + i]} * double{call.inputs[1].data[o * filter_out + i * filter_in]};
      }
      call.output[r * out + o] = static_cast<float>(sum);
    }
  }
}

void batch_matrix_multiply(const NodeCall& call) {
  const Sizes& a = call.inputs[0].sizes;
  const Sizes& b = call.inputs[1].sizes;
  const bool transposed = (call.node.flags & kTransposeWeights) != 0;
  const std::int64_t m = a[a.size() - 2];
  const std::int64_t k = a[a.size() - 1];
  const std::int64_t n = b[b.size() - (transposed ? 2 : 1)];
  const Sizes batch(call.sizes.span().first(call.sizes.size() - 2));
  const Strides batch_a = stretched(a.span().first(a.size() - 2), batch.size());
  const Strides batch_b = stretched(b.span().first(b.size() - 2), batch.size());
  const std::int64_t b_k = transposed ? 1 : n;
  const std::int64_t b_n = transposed ? k : 1;
  for_each_index(batch, [&](std::int64_t matrix, const Sizes& index) {
    const float* from_a = call.inputs[0].data + dot(index, batch_a) * m * k;
    const float* from_b = call.inputs[1].data + dot(index, batch_b) * k * n;
    float* to = call.output + matrix * m * n;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l) sum += double{from_a[i * k + l]} * double{from_b[l * b_k + j * b_n]};
        to[i * n + j] = static_cast<float>(sum);
      }
    }
  });
}

void softmax(const NodeCall& call) {
  const std::int64_t width = call.sizes.empty() ? 1 : call.sizes[call.sizes.size() - 1];
  const std::int64_t count = numel(call.sizes.span());
  for (std::int64_t start = 0; start < count; start += width) {
    const float* row = call.inputs[0].data + start;
    const float most = *std::max_element(row, row + width);
    double sum = 0;
    for (std::int64_t i = 0; i < width; ++i) sum += std::exp(double{row[i]} - double{most});
    for (std::int64_t i = 0; i < width; ++i) {
      call.output[start + i] = static_cast<float>(std::exp(double{row[i]} - double{most}) / sum);
    }
  }
}

void transpose(const NodeCall& call) {
  const auto perm = call.node.list("perm");
  const Strides dense = row_major(call.inputs[0].sizes);
  Strides strides = dense;
  for (std::size_t d = 0; d < perm.size(); ++d) strides[d] = dense[perm[d]];
  for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) {
    call.output[i] = call.inputs[0].data[dot(index, strides)];
  });
}

void slice(const NodeCall& call) {
  const auto offsets = call.node.list("offsets");
  const Strides strides = row_major(call.inputs[0].sizes);
  std::int64_t start = 0;
  for (std::size_t d = 0; d < offsets.size(); ++d) start += std::int64_t{offsets[d]} * strides[d];
  for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) {
    call.output[i] = call.inputs[0].data[start + dot(index, strides)];
  });
}

void pad(const NodeCall& call) {
  const auto before = call.node.list("pre_paddings");
  const float value = call.node.real("padding_value");
  const Sizes& source = call.inputs[0].sizes;
  const Strides strides = row_major(source);
  for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) {
    std::int64_t at = 0;
    bool inside = true;
    for (std::size_t d = 0; d < source.size(); ++d) {
      const std::int64_t from = index[d] - std::int64_t{before[d]};
      inside = inside && from >= 0 && from < source[d];
      at += from * strides[d];
    }
    call.output[i] = inside ? call.inputs[0].data[at] : value;
  });
}

void concatenate(const NodeCall& call) {
  const std::size_t axis = call.node.number("axis");
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t d = 0; d < axis; ++d) outer *= call.sizes[d];
  for (std::size_t d = axis + 1; d < call.sizes.size(); ++d) inner *= call.sizes[d];
  float* to = call.output;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const ReferenceOperand& input : call.inputs) {
      const std::int64_t run = input.sizes[axis] * inner;
      to = std::copy_n(input.data + o * run, run, to);
    }
  }
}

void copy(const NodeCall& call) { std::copy_n(call.inputs[0].data, numel(call.sizes.span()), call.output); }

// NaN goes through, as in XNNPACK and PyTorch.
float clamped(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

void execute_node(const NodeCall& call) {
  const float alpha = call.node.real("alpha", 1.0f);
  const float slope = call.node.real("negative_slope", 0.01f);
  switch (call.node.kind) {
    case NodeKind::Add: return binary(call, std::plus<>());
    case NodeKind::Subtract: return binary(call, std::minus<>());
    case NodeKind::Multiply: return binary(call, std::multiplies<>());
    case NodeKind::Div: return binary(call, std::divides<>());
    case NodeKind::Minimum: return binary(call, [](float a, float b) { return std::min(a, b); });
    case NodeKind::Maximum: return binary(call, [](float a, float b) { return std::max(a, b); });
    case NodeKind::PReLU: return binary(call, [](float x, float weight) { return x < 0 ? x * weight : x; });
    case NodeKind::Sigmoid: return unary(call, [](float x) { return 1.0f / (1.0f + std::exp(-x)); });
    case NodeKind::Clamp:
    case NodeKind::Copy:
    case NodeKind::StaticReshape: return copy(call);
    case NodeKind::Floor: return unary(call, [](float x) { return std::floor(x); });
    case NodeKind::Ceiling: return unary(call, [](float x) { return std::ceil(x); });
    case NodeKind::SquareRoot: return unary(call, [](float x) { return std::sqrt(x); });
    case NodeKind::ReciprocalSquareRoot: return unary(call, [](float x) { return 1.0f / std::sqrt(x); });
    case NodeKind::Hardswish: return unary(call, [](float x) { return x * clamped(x + 3.0f, 0.0f, 6.0f) / 6.0f; });
    case NodeKind::LeakyReLU: return unary(call, [=](float x) { return x < 0 ? x * slope : x; });
    case NodeKind::ELU: return unary(call, [=](float x) { return x < 0 ? alpha * std::expm1(x) : x; });
    case NodeKind::Negate: return unary(call, [](float x) { return -x; });
    case NodeKind::Square: return unary(call, [](float x) { return x * x; });
    case NodeKind::Abs: return unary(call, [](float x) { return std::fabs(x); });
    case NodeKind::Log: return unary(call, [](float x) { return std::log(x); });
    case NodeKind::Exp: return unary(call, [](float x) { return std::exp(x); });
    case NodeKind::Tanh: return unary(call, [](float x) { return std::tanh(x); });
    case NodeKind::Sin: return unary(call, [](float x) { return std::sin(x); });
    case NodeKind::Cos: return unary(call, [](float x) { return std::cos(x); });
    case NodeKind::Gelu:
      return unary(call, [](float x) { return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752f)); });
    case NodeKind::Softmax: return softmax(call);
    case NodeKind::FullyConnected: return fully_connected(call);
    case NodeKind::StaticTranspose: return transpose(call);
    case NodeKind::StaticSlice: return slice(call);
    case NodeKind::StaticConstantPad: return pad(call);
    case NodeKind::Concatenate2:
    case NodeKind::Concatenate3:
    case NodeKind::Concatenate4:
    case NodeKind::Concatenate5: return concatenate(call);
    case NodeKind::BatchMatrixMultiply: return batch_matrix_multiply(call);
    case NodeKind::Conv2d: return convolution(call);
    case NodeKind::DepthwiseConv2d: return depthwise_convolution(call);
    case NodeKind::ConvTranspose2d: return transposed_convolution(call);
    case NodeKind::MaxPooling2d: return max_pooling(call);
    case NodeKind::AvgPooling2d: return average_pooling(call);
    case NodeKind::GlobalAvgPooling2d: return global_average_pooling(call);
    case NodeKind::StaticResizeBilinear2D: return resize_bilinear(call);
    default: return;  // without a shape rule no node comes here
  }
}

// Fused activations (format-facts 3.4).
void apply_min_max(const NodeCall& call) {
  if (!call.node.output_min_max) return;
  const auto [low, high] = *call.node.output_min_max;
  const std::int64_t count = numel(call.sizes.span());
  for (std::int64_t i = 0; i < count; ++i) call.output[i] = clamped(call.output[i], low, high);
}

class ReferenceInstance : public DelegateInstance {
 public:
  explicit ReferenceInstance(GraphPlan plan) : plan_(std::move(plan)) {}

  Result<> execute(std::span<Tensor* const> args) override {
    const auto& values = plan_.graph().values;
    std::vector<Sizes> shapes(values.size());
    std::vector<const float*> data(values.size(), nullptr);
    std::vector<OwnedTensor> intermediate(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (plan_.constant(i).data())
        data[i] = as_array<float>(plan_.constant(i)).value_or(std::span<const float>()).data();
    }
    for (const std::size_t input : plan_.inputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[input], args));
      shapes[input] = physical_sizes(*tensor);
      data[input] = tensor->as<float>();
    }
    PTETOOL_ASSIGN(shapes, plan_.infer_shapes(std::move(shapes)));
    for (const Node& node : plan_.graph().nodes) {
      std::vector<ReferenceOperand> inputs;
      for (const Operand& operand : node.inputs) {
        const auto index = plan_.index_of(operand.id);
        if (operand.id != kInvalidId && index) inputs.push_back({shapes[*index], data[*index]});
      }
      const std::size_t output = *plan_.index_of(node.outputs[0].id);
      PTETOOL_ASSIGN(intermediate[output], allocate_tensor(ScalarType::Float, shapes[output].span()));
      const NodeCall call{node, inputs, shapes[output], intermediate[output].tensor.as<float>()};
      if (numel(call.sizes.span()) != 0) execute_node(call);
      apply_min_max(call);
      data[output] = call.output;
    }
    for (const std::size_t output : plan_.outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      PTETOOL_CHECK(resize_physical(*tensor, shapes[output].span()));
      std::copy_n(data[output], tensor->numel(), tensor->as<float>());
    }
    return {};
  }

 private:
  GraphPlan plan_;
};

class ReferenceBackend : public DelegateBackend {
 public:
  std::string_view id() const override { return "XnnpackBackend"; }
  std::vector<std::string> unsupported(const LinkedDelegate& delegate) const override {
    return unsupported_parts(delegate);
  }
  Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) override {
    PTETOOL_ASSIGN(GraphPlan plan, GraphPlan::make(model, delegate));
    return std::make_unique<ReferenceInstance>(std::move(plan));
  }
};

}  // namespace

}  // namespace xnn

std::unique_ptr<DelegateBackend> make_reference_backend(std::shared_ptr<const ThreadPool>) {
  return std::make_unique<xnn::ReferenceBackend>();
}

}  // namespace ptetool
