// Nodes over real numbers, with loops written straight from their definitions: plainly right.
#include <algorithm>
#include <cmath>
#include <functional>

#include "xnnpack/reference_loops.h"
#include "xnnpack/reference_node.h"

namespace ptetool::xnn {

namespace {

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

// NaN goes through, as in XNNPACK and PyTorch.
float clamped(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

}  // namespace

void execute_real(const NodeCall& call) {
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
    case NodeKind::Convert: return unary(call, [](float x) { return x; });
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
    case NodeKind::StaticConstantPad: return pad(call);
    case NodeKind::BatchMatrixMultiply: return batch_matrix_multiply(call);
    case NodeKind::MaxPooling2d: return max_pooling(call);
    case NodeKind::AvgPooling2d: return average_pooling(call);
    case NodeKind::GlobalAvgPooling2d: return global_average_pooling(call);
    case NodeKind::StaticResizeBilinear2D: return resize_bilinear(call);
    default: return;  // moving nodes and those with filters do not come here
  }
}

}  // namespace ptetool::xnn
