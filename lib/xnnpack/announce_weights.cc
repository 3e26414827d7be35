// The key of packed weights: node kind, flags and numbers, then datatype, quantisation, content and dims of each
// operand.
#include "xnnpack/announce_weights.h"

#include "ptetool/base/text.h"
#include "xnnpack/matrix_operands.h"

namespace ptetool::xnn {

namespace {

void add_quantisation(PackingKey& key, Datatype type, const Quantisation& quantisation) {
  key.add(static_cast<std::uint64_t>(type));
  key.add(bytes_of(std::span(&quantisation.scale, 1)));
  key.add(static_cast<std::uint64_t>(quantisation.zero_point));
  key.add(quantisation.channel_dim);
  key.add(static_cast<std::uint64_t>(quantisation.block_size));
  key.add(bytes_of(quantisation.channel_scales));
  key.add(bytes_of(quantisation.block_scales));
}

}  // namespace

void announce_weights(const GraphPlan& plan, const DefinedValues& defined, const NodeDefinition& definition,
                      std::span<const std::size_t> inputs, std::size_t output, WeightSession& weights) {
  const void* filter_data = defined.data_of(definition.inputs[1]);
  if (!filter_data) return;
  PackingKey key;
  Announcement announcement;
  key.add(static_cast<std::uint64_t>(definition.node.kind));
  key.add(std::uint64_t{definition.node.flags});
  for (const Attribute& attribute : definition.node.attributes) {
    if (const auto* number = std::get_if<std::uint32_t>(&attribute.value)) key.add(std::uint64_t{*number});
  }
  for (const std::size_t input : inputs) {
    if (input == kNoOperand) continue;
    add_quantisation(key, defined.type(input), plan.quantisation(input));
    if (!defined.constant(input)) continue;
    const auto content = plan.content(input);
    if (!content) return;
    key.add(*content);
    if (plan.promised(input)) announcement.promises.push_back({plan.constant(input), *content});
    key.add(bytes_of(plan.graph().values[input].dims));
  }
  add_quantisation(key, defined.type(output), plan.quantisation(output));
  // The same numbers may be given as they are or in float32.
  for (std::size_t i = 1; i < 3 && i < inputs.size(); ++i) {
    if (inputs[i] != kNoOperand) key.add(std::uint64_t{defined.is_real(inputs[i], definition.inputs[i])});
  }
  const auto digest = key.digest();
  if (!digest) return;
  const std::size_t filter = inputs[1];
  announcement.key = *digest;
  announcement.source = {plan.file_of(filter), plan.constant(filter)};
  announcement.label = node_kind_name(definition.node.kind) + " " + datatype_name(defined.type(filter)) + " " +
                       shape_text(std::span<const std::uint32_t>(plan.graph().values[filter].dims));
  announcement.streamed = definition.node.kind == NodeKind::FullyConnected && plan.streams_weights(inputs[0]);
  weights.announce(filter_data, defined.data_of(definition.inputs[2]), std::move(announcement));
}

}  // namespace ptetool::xnn
