// Nodes that move elements without looking at them, for elements of any width.
#include <algorithm>

#include "xnnpack/reference_loops.h"
#include "xnnpack/reference_node.h"

namespace ptetool::xnn {

namespace {

template <class T>
struct Move {
  const MoveCall& call;

  const T* input(std::size_t i = 0) const { return static_cast<const T*>(call.inputs[i].data); }
  T* output() const { return static_cast<T*>(call.output); }

  void transpose() const {
    const auto perm = call.node.list("perm");
    const Strides dense = row_major(call.inputs[0].sizes);
    Strides strides = dense;
    for (std::size_t d = 0; d < perm.size(); ++d) strides[d] = dense[perm[d]];
    const T* from = input();
    T* to = output();
    for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) { to[i] = from[dot(index, strides)]; });
  }

  void slice() const {
    const auto offsets = call.node.list("offsets");
    const Strides strides = row_major(call.inputs[0].sizes);
    const T* from = input();
    T* to = output();
    for (std::size_t d = 0; d < offsets.size(); ++d) from += std::int64_t{offsets[d]} * strides[d];
    for_each_index(call.sizes, [&](std::int64_t i, const Sizes& index) { to[i] = from[dot(index, strides)]; });
  }

  void concatenate() const {
    const std::size_t axis = call.node.number("axis");
    std::int64_t outer = 1;
    std::int64_t inner = 1;
    for (std::size_t d = 0; d < axis; ++d) outer *= call.sizes[d];
    for (std::size_t d = axis + 1; d < call.sizes.size(); ++d) inner *= call.sizes[d];
    T* to = output();
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const std::int64_t run = call.inputs[i].sizes[axis] * inner;
        to = std::copy_n(input(i) + o * run, run, to);
      }
    }
  }

  void run() const {
    if (numel(call.sizes.span()) == 0) return;
    switch (call.node.kind) {
      case NodeKind::StaticTranspose: return transpose();
      case NodeKind::StaticSlice: return slice();
      case NodeKind::Concatenate2:
      case NodeKind::Concatenate3:
      case NodeKind::Concatenate4:
      case NodeKind::Concatenate5: return concatenate();
      default: std::copy_n(input(), numel(call.sizes.span()), output());
    }
  }
};

}  // namespace

void move_elements(const MoveCall& call, std::size_t element_bytes) {
  switch (element_bytes) {
    case 1: return Move<std::uint8_t>{call}.run();
    case 2: return Move<std::uint16_t>{call}.run();
    default: return Move<std::uint32_t>{call}.run();
  }
}

}  // namespace ptetool::xnn
