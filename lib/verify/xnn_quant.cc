// XNN: the quantisation of values inside XNNPACK delegates (format-facts 3.4).
#include <algorithm>
#include <array>
#include <cmath>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;

using xnn::NodeKind;

// The alternative of QuantParams that a datatype has.
std::optional<std::size_t> expected_quant(Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Fp16:
    case Datatype::Int32:
    case Datatype::PFp32:
    case Datatype::Bf16: return 0;
    case Datatype::QCInt8:
    case Datatype::QCInt32:
    case Datatype::QCInt4: return 1;
    case Datatype::QInt8:
    case Datatype::QUInt8:
    case Datatype::QInt32: return 2;
    case Datatype::QDInt8:
    case Datatype::QPInt8: return 3;
    case Datatype::QBInt4: return 4;
    case Datatype::Invalid: return std::nullopt;
  }
  return std::nullopt;
}

void quantisation_fits(const GraphSubject& subject, Context& context) {
  constexpr std::array<std::string_view, 6> kNames = {"no quantisation",      "PerChannelQuant",
                                                      "PerTensorQuant",       "PerTokenDynamicQuant",
                                                      "PerChannelGroupQuant", "an unknown quantisation"};
  static_assert(kNames.size() == std::variant_size_v<xnn::QuantParams>);
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto expected = expected_quant(value.datatype);
    if (!expected || value.quant.index() == *expected) return;
    context.report(value_path(subject, i, "quant_params"), value.offset,
                   "a " + xnn::datatype_name(value.datatype) + " value has " +
                       std::string(kNames[value.quant.index()]) + ", it needs " + std::string(kNames[*expected]));
  });
}

bool good_scale(float scale) { return std::isnormal(scale) && scale > 0; }

void scales_positive(const GraphSubject& subject, Context& context) {
  constexpr std::string_view kWhy = ", a scale is a positive normal number";
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto check = [&](std::span<const float> scales) {
      const auto bad = std::ranges::find_if_not(scales, good_scale);
      if (bad == scales.end()) return;
      context.report(value_path(subject, i, indexed("scale", static_cast<std::uint64_t>(bad - scales.begin()))),
                     value.offset, "is " + std::to_string(*bad) + std::string(kWhy));
    };
    if (const auto* tensor = std::get_if<xnn::PerTensorQuant>(&value.quant); tensor && !good_scale(tensor->scale)) {
      context.report(value_path(subject, i, "scale"), value.offset,
                     "is " + std::to_string(tensor->scale) + std::string(kWhy));
    }
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) check(channel->scale);
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) check(group->scale);
  });
}

void zero_points_fit(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerTensorQuant>(&value.quant);
    if (!quant) return;
    const std::int32_t low = value.datatype == Datatype::QInt8 ? -128 : 0;
    const std::int32_t high = value.datatype == Datatype::QInt8 ? 127 : value.datatype == Datatype::QUInt8 ? 255 : 0;
    if (quant->zero_point >= low && quant->zero_point <= high) return;
    context.report(
        value_path(subject, i, "zero_point"), value.offset,
        "is " + std::to_string(quant->zero_point) + ", outside what " + xnn::datatype_name(value.datatype) + " holds");
  });
}

void channel_scales_counted(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerChannelQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (!in_range(quant->channel_dim, value.dims.size())) {
      context.report(
          value_path(subject, i, "channel_dim"), value.offset,
          "is " + std::to_string(quant->channel_dim) + ", the value has " + counted(value.dims.size(), "dimension"));
      return;
    }
    const std::uint64_t scales = quant->scale_buffer_idx == 0 ? quant->scale.size() : quant->num_scales;
    const std::uint32_t channels = value.dims[static_cast<std::size_t>(quant->channel_dim)];
    if (scales == channels) return;
    context.report(value_path(subject, i, quant->scale_buffer_idx == 0 ? "scale" : "num_scales"), value.offset,
                   counted(scales, "scale") + " for " + counted(channels, "channel"));
  });
}

void group_scales_counted(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerChannelGroupQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (quant->group_size <= 0 || quant->group_size % 32 != 0) {
      context.report(value_path(subject, i, "group_size"), value.offset,
                     "is " + std::to_string(quant->group_size) + ", no positive multiple of 32");
      return;
    }
    if (value.dims.size() != 2 || quant->channel_dim != 0) {
      context.report(value_path(subject, i, "channel_dim"), value.offset,
                     "blockwise quantisation is for filters [out, in] with channel_dim 0");
      return;
    }
    const auto group = static_cast<std::uint32_t>(quant->group_size);
    const std::uint64_t scales = quant->scale_buffer_idx != 0 ? quant->num_scales
                                 : quant->scale_bf16.empty()  ? quant->scale.size()
                                                              : quant->scale_bf16.size();
    if (value.dims[1] % group == 0 && scales == std::uint64_t{value.dims[0]} * (value.dims[1] / group)) return;
    context.report(
        value_path(subject, i, "num_scales"), value.offset,
        counted(scales, "scale") + " for " + shape_text(value.dims) + " in groups of " + std::to_string(group));
  });
}

void token_dims_fit(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerTokenDynamicQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (quant->num_nonbatch_dims >= 1 && in_range(quant->num_nonbatch_dims, value.dims.size() + 1)) return;
    context.report(value_path(subject, i, "num_nonbatch_dims"), value.offset,
                   "is " + std::to_string(quant->num_nonbatch_dims) + ", the value has " +
                       counted(value.dims.size(), "dimension"));
  });
}

constexpr Rule kRules[] = {
    {{.id = "XNN011",
      .guards_execution = true,
      .title = "quantisation parameters fit the datatype",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes one union member for another, or refuses the method with Internal",
      .cure = kExportProgramAgain},
     quantisation_fits},
    {{.id = "XNN012",
      .guards_execution = true,
      .title = "scales are positive and normal",
      .cause = "a model with a degenerate tensor (all zeros), or a damaged payload",
      .effect = kRefusedByXnnpack,
      .cure = "calibrate with data that exercise the tensor, or leave it unquantised"},
     scales_positive},
    {{.id = "XNN013",
      .guards_execution = true,
      .title = "zero points are numbers of their datatype",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     zero_points_fit},
    {{.id = "XNN014",
      .guards_execution = true,
      .title = "there is one scale per channel",
      .cause = kDamagedPayload,
      .effect = kReadsForeignMemory,
      .cure = kExportProgramAgain},
     channel_scales_counted},
    {{.id = "XNN015",
      .guards_execution = true,
      .title = "there is one scale per group of a blockwise quantised filter",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch refuses a wrong count with InvalidArgument; XNNPACK refuses group sizes that are no "
                "multiple of 32",
      .cure = "quantise with a group size that is a multiple of 32 and divides the input channels"},
     group_scales_counted},
    {{.id = "XNN016",
      .guards_execution = true,
      .title = "num_nonbatch_dims is between 1 and the number of dimensions",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     token_dims_fit},
};

}  // namespace

std::span<const Rule> xnn_quant_rules() { return kRules; }

}  // namespace ptetool::verify
