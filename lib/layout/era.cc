// Dates files: each clue is a row of evidence with the first or the last release that writes such a file.
#include "ptetool/layout/era.h"

#include <algorithm>
#include <array>
#include <functional>

namespace ptetool::layout {

namespace {

enum Release : std::size_t { V01, V02, V03, V04, V05, V06, V07, V10, V11, V12, V13, V14 };

constexpr std::array<const char*, 12> kReleases = {"v0.1", "v0.2", "v0.3", "v0.4", "v0.5", "v0.6",
                                                   "v0.7", "v1.0", "v1.1", "v1.2", "v1.3", "v1.4"};

class Dating {
 public:
  void since(bool found, Release release, std::string_view why) {
    if (found && release > first_) {
      first_ = release;
      first_why_ = why;
    }
  }
  void until(bool found, Release release, std::string_view why) {
    if (found && release < last_) {
      last_ = release;
      last_why_ = why;
    }
  }

  Era result() const {
    Era era;
    const std::string first = kReleases[first_];
    const std::string last = kReleases[last_];
    if (first_ > last_) {
      era.text = "unclear: signs of " + first + " or later and of " + last + " or earlier";
    } else if (first_ == last_) {
      era.text = first;
    } else if (first_ == V01 && last_ == V14) {
      era.text = "any release";
    } else if (last_ == V14) {
      era.text = first + " or later";
    } else if (first_ == V01) {
      era.text = last + " or earlier";
    } else {
      era.text = first + "–" + last;
    }
    if (!first_why_.empty()) era.reasons.push_back(first + " or later: " + first_why_);
    if (!last_why_.empty()) era.reasons.push_back(last + " or earlier: " + last_why_);
    return era;
  }

 private:
  std::size_t first_ = V01;
  std::size_t last_ = V14;
  std::string first_why_;
  std::string last_why_;
};

// Operators by the release that brought them (format-facts 6).
struct OperatorRow {
  std::string_view name;
  Release first;
};
constexpr OperatorRow kOperators[] = {
    {"llama::sdpa_with_kv_cache", V02},
    {"executorch_prim::et_view", V03},
    {"dim_order_ops::_to_dim_order_copy", V03},
    {"dim_order_ops::_empty_dim_order", V05},
    {"llama::custom_sdpa", V05},
    {"llama::update_cache", V05},
    {"llama::fast_hadamard_transform", V05},
    {"llama::custom_quantized_sdpa", V07},
    {"llama::update_cache_with_indices", V07},
    {"dim_order_ops::_clone_dim_order", V10},
    {"et_copy::_h2d_copy", V14},
    {"et_copy::_d2h_copy", V14},
    {"llama::channelwise_gated_delta_rule", V14},
};

void date_values(Dating& dating, const pte::Program& program) {
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    dating.since(!plan.non_const_buffer_device.empty(), V13, "arenas name their device");
    for (const pte::Operator& op : plan.operators) {
      const auto row = std::ranges::find(kOperators, op.name, &OperatorRow::name);
      if (row != std::end(kOperators)) dating.since(true, row->first, "operator " + std::string(row->name));
    }
    for (const pte::Value& value : plan.values) {
      const pte::Tensor* tensor = value.tensor();
      if (!tensor) continue;
      const auto type = static_cast<int>(tensor->scalar_type);
      dating.since(type >= 22 && type <= 29, V05, "dtype " + dtype_name(tensor->scalar_type));
      dating.since(tensor->allocation_info && (tensor->allocation_info->memory_offset >> 32) != 0, V02,
                   "memory offsets beyond 4 GiB");
      if (!tensor->extra_tensor_info) continue;
      dating.since(true, V04, "tensors carry extra information");
      dating.since(tensor->external(), V05, "external tensors");
      dating.since(tensor->extra_tensor_info->device_type != 0, V13, "tensors name their device");
    }
  }
}

void date_graph(Dating& dating, const xnn::Graph& graph) {
  dating.until(!graph.header, V01, "an XNNPACK delegate without header");
  dating.since(graph.header.has_value(), V02, "XNNPACK delegates with a header");
  for (const xnn::Constant& constant : graph.constants) {
    dating.since(constant.named_key.has_value(), V06, "XNNPACK constants found by key");
    dating.until(constant.inside && constant.size != 0, V05, "XNNPACK constants inside the delegate");
  }
  for (const xnn::Value& value : graph.values) {
    dating.since(value.datatype >= xnn::Datatype::QPInt8, V07,
                 "XNNPACK datatype " + xnn::datatype_name(value.datatype));
    const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant);
    dating.since(group && group->scale_buffer_idx != 0, V07, "XNNPACK group scales found by index");
    dating.until(group && !group->scale_bf16.empty(), V06, "XNNPACK group scales inside the graph");
  }
  for (const xnn::Node& node : graph.nodes) {
    const auto kind = static_cast<unsigned>(node.kind);
    const Release first = kind >= 45   ? V11
                          : kind >= 41 ? V07
                          : kind >= 38 ? V06
                          : kind == 37 ? V04
                          : kind == 36 ? V02
                                       : V01;
    dating.since(kind <= xnn::kNodeKinds, first, "XNNPACK node " + xnn::node_kind_name(node.kind));
  }
}

}  // namespace

Era era_of(const pte::Program& program, std::span<const xnn::Graph* const> graphs) {
  Dating dating;
  if (program.header) {
    dating.since(program.header->length >= 32, V10, "a header of 32 bytes");
    dating.until(program.header->length < 32, V07, "a header of 24 bytes");
    const std::uint64_t base = program.header->segment_base_offset;
    dating.since(base != 0 && base % 4096 != 0, V04, "segments aligned to 128 bytes");
    // Up to v0.3 the segments began at the next multiple of 4096; a gap of 128 or more tells that apart from chance.
    dating.until(base % 4096 == 0 && base >= program.header->program_size + 128, V03, "segments aligned to 4096 bytes");
  }
  const bool inline_constants =
      std::ranges::any_of(program.constant_buffer, [](const pte::InlineData& data) { return !data.data.empty(); });
  dating.until(inline_constants, V03, "constants inside the flatbuffer");
  dating.since(program.constant_segment.has_value(), V02, "a constant segment");
  dating.until(!program.constant_segment && !program.execution_plan.empty(), V01, "no table of constant segments");
  dating.since(!program.mutable_data_segments.empty(), V04, "initial state of mutable buffers");
  dating.since(!program.named_data.empty(), V06, "named data");
  date_values(dating, program);
  for (const xnn::Graph* graph : graphs) date_graph(dating, *graph);
  return dating.result();
}

Era era_of(const ptd::DataFile& data) {
  Dating dating;
  dating.since(true, V06, "a data file");
  dating.until(data.layout == ptd::Layout::V06, V06, "the tables of v0.6");
  dating.since(data.layout == ptd::Layout::V07, V07, "the tables of v0.7 and later");
  // Segments of the exporter start at multiples of 128 since v1.1. Files that a device writes keep 16, whatever the
  // release, so that a smaller alignment tells nothing.
  const bool wide = data.segments.size() > 1 && std::ranges::all_of(data.segments, [](const ptd::Segment& segment) {
                      return segment.offset % 128 == 0;
                    });
  dating.since(wide && data.header && data.header->segment_base_offset % 128 == 0, V11,
               "segments aligned to 128 bytes");
  return dating.result();
}

}  // namespace ptetool::layout
