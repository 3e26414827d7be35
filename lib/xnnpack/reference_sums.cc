// Sums in their places: geometry of windows, scales of rows and channels, the bias.
#include "xnnpack/reference_sums.h"

namespace ptetool::xnn {

Finish::Finish(const MatrixCall& call, bool integer) : output_(call.output) {
  const auto channels = static_cast<std::size_t>(call.sizes[call.sizes.size() - 1]);
  factors_.assign(channels, 1.0);
  // A 32-bit bias of a quantised sum is counted in the sum's own quanta.
  const bool in_quanta =
      integer && call.bias && (call.bias->datatype == Datatype::QInt32 || call.bias->datatype == Datatype::QCInt32);
  if (in_quanta) {
    const auto* numbers = static_cast<const std::int32_t*>(call.bias->data);
    start_.assign(numbers, numbers + channels);
  } else if (call.bias) {
    for (const float each : decode(*call.bias)) bias_.push_back(each);
  }
  if (!integer) return;
  const Quantisation& input = *call.input.quantisation;
  const double scale = call.input.rows ? 1.0 : double{input.scale};
  const bool blocks = call.filter.quantisation->block_size > 0;
  for (std::size_t c = 0; c < channels; ++c) {
    factors_[c] = scale * (blocks ? 1.0 : double{channel_scale(*call.filter.quantisation, c)});
  }
}

Geometry geometry_of(const MatrixCall& call) {
  Geometry g;
  const Sizes& sizes = call.sizes;
  g.out = sizes[sizes.size() - 1];
  g.positions = g.out == 0 ? 0 : numel(sizes.span()) / g.out;
  if (call.node.kind == NodeKind::FullyConnected) {
    g.in = g.length = call.input.sizes[call.input.sizes.size() - 1];
    return g;
  }
  g.image = true;
  g.transposed = call.node.kind == NodeKind::ConvTranspose2d;
  g.window = *window_of(call.node);
  g.groups = call.node.number("groups");
  g.in = call.node.number("group_input_channels");
  g.out = call.node.number("group_output_channels");
  g.length = g.window.height.kernel * g.window.width.kernel * g.in;
  return g;
}

double row_scale(const MatrixCall& call, const Geometry& g, std::int64_t position) {
  if (!call.input.rows) return 1.0;
  const std::int64_t length = row_length(call.input.sizes, *call.input.quantisation);
  const std::int64_t rows = length == 0 ? 1 : std::max<std::int64_t>(call.input.count() / length, 1);
  const std::int64_t positions_per_row = std::max<std::int64_t>(g.positions / rows, 1);
  return call.input.rows[std::min(position / positions_per_row, rows - 1)].scale;
}

}  // namespace ptetool::xnn
