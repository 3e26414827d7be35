// The node that uses a value first names it. Scales are compared by their bits, whether the table has them or a buffer
// of their own (format-facts 3.4).
#include "compare/graph_names.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace ptetool::compare {

std::vector<std::string> constant_roles(const xnn::Graph& graph) {
  std::unordered_map<std::uint32_t, std::string> by_id;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const xnn::Operand& operand : graph.nodes[n].inputs) {
      by_id.try_emplace(operand.id, xnn::node_kind_name(graph.nodes[n].kind) + " " + std::to_string(n) + ", " +
                                        std::string(operand.role));
    }
  }
  std::vector<std::string> roles(graph.values.size());
  for (std::size_t v = 0; v < roles.size(); ++v) {
    const auto found = by_id.find(graph.values[v].id);
    if (found != by_id.end()) roles[v] = found->second;
  }
  return roles;
}

bool same_quantisation(const xnn::QuantParams& a, ByteView scales_a, const xnn::QuantParams& b, ByteView scales_b) {
  if (a.index() != b.index()) return false;
  struct Same {
    const xnn::QuantParams& other;
    ByteView scales_a, scales_b;

    ByteView scales(const xnn::PerChannelQuant& quant, ByteView buffer) const {
      return quant.scale_buffer_idx != 0 ? buffer : bytes_of(quant.scale);
    }
    ByteView scales(const xnn::PerChannelGroupQuant& quant, ByteView buffer) const {
      return quant.scale_buffer_idx != 0 ? buffer
             : !quant.scale_bf16.empty() ? bytes_of(quant.scale_bf16)
                                         : bytes_of(quant.scale);
    }
    bool operator()(const xnn::NoQuant&) const { return true; }
    bool operator()(const xnn::PerTensorQuant& quant) const {
      const auto& its = std::get<xnn::PerTensorQuant>(other);
      // Bits, so that NaN is the same as itself.
      return std::bit_cast<std::uint32_t>(quant.scale) == std::bit_cast<std::uint32_t>(its.scale) &&
             quant.zero_point == its.zero_point;
    }
    bool operator()(const xnn::PerChannelQuant& quant) const {
      const auto& its = std::get<xnn::PerChannelQuant>(other);
      return quant.channel_dim == its.channel_dim && std::ranges::equal(scales(quant, scales_a), scales(its, scales_b));
    }
    bool operator()(const xnn::PerTokenDynamicQuant& quant) const {
      return quant.num_nonbatch_dims == std::get<xnn::PerTokenDynamicQuant>(other).num_nonbatch_dims;
    }
    bool operator()(const xnn::PerChannelGroupQuant& quant) const {
      const auto& its = std::get<xnn::PerChannelGroupQuant>(other);
      return quant.channel_dim == its.channel_dim && quant.group_size == its.group_size &&
             std::ranges::equal(scales(quant, scales_a), scales(its, scales_b));
    }
    bool operator()(const xnn::UnknownQuant& quant) const {
      return quant.type == std::get<xnn::UnknownQuant>(other).type;
    }
  };
  return std::visit(Same{b, scales_a, scales_b}, a);
}

}  // namespace ptetool::compare
