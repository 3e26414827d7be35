// The nodes that sum products with a filter: FullyConnected, Conv2d, DepthwiseConv2d, ConvTranspose2d, over real
// numbers or, where input and filter are quantised, over exact integers.
#pragma once

#include <memory>

#include "ptetool/base/threads.h"
#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack/numbers.h"

namespace ptetool::xnn {

// A filter as the sums read it: one run of numbers per output channel. Made once for a constant.
class PreparedFilter {
 public:
  // `integer`: the input is quantised, so that the integers of the filter are summed.
  PreparedFilter(const Node& node, const ValueView& filter, bool integer);

  bool integer() const { return integer_; }
  const float* reals() const { return reals_.data(); }
  const std::int16_t* integers() const { return integers_.data(); }

 private:
  bool integer_;
  std::vector<float> reals_;
  std::vector<std::int16_t> integers_;
};

// Are the integers of these two summed? Not where the rows of a dynamic quantisation are parts of an image.
bool sums_integers(const Node& node, Datatype input, const Quantisation& quantisation, Datatype filter);

struct MatrixCall {
  const Node& node;
  const ValueView& input;
  const ValueView& filter;
  const PreparedFilter& prepared;
  const ValueView* bias;  // null: none
  const Sizes& sizes;     // of the output
  const Encoder& output;
  const ThreadPool* threads;  // null: the caller's thread alone
};

// Shapes have passed the node's shape rule. The result is rounded once, by the encoder, and does not depend on the
// number of threads.
void multiply_filter(const MatrixCall& call);

}  // namespace ptetool::xnn
