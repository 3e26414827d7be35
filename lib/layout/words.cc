// Shapes, dim orders, values, quantisations and node options, each in words; lists are written out up to 32 items.
#include "layout/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ptetool/base/text.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::layout {

namespace {

constexpr std::size_t kLongestList = 32;  // items of a list that are written out

template <class Items, class Write>
std::string list_words(const Items& items, Write&& write) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) text += ", ";
    if (i == kLongestList) return text + fmt::format("… {} more]", items.size() - i);
    text += write(items[i]);
  }
  return text + "]";
}

std::string reference(std::int64_t index) { return index < 0 ? "none" : "%" + std::to_string(index); }

}  // namespace

std::string shape_words(const pte::Tensor& tensor) {
  const bool bound = tensor.shape_dynamism != pte::ShapeDynamism::Static;
  return list_words(tensor.sizes,
                    [&](std::int32_t size) { return (bound && size > 1 ? "<=" : "") + std::to_string(size); });
}

std::string type_text(const pte::Tensor& tensor) { return dtype_name(tensor.scalar_type) + " " + shape_words(tensor); }

std::string type_text(const ptd::TensorLayout& layout) {
  return dtype_name(layout.scalar_type) + " " + shape_text(layout.sizes);
}

std::string type_text(const bundled::Tensor& tensor) {
  return dtype_name(tensor.scalar_type) + " " + shape_text(tensor.sizes);
}

std::string type_text(const xnn::Value& value) {
  return xnn::datatype_name(value.datatype) + " " + shape_text(value.dims);
}

std::string dim_order_words(std::span<const std::uint8_t> dim_order) {
  if (is_contiguous_order(dim_order)) return {};
  const auto channels_last = channels_last_order(dim_order.size());
  if (channels_last && std::ranges::equal(*channels_last, dim_order)) return "channels last";
  std::string text;
  for (const std::uint8_t dim : dim_order) text += (text.empty() ? "" : " ") + std::to_string(dim);
  return text;
}

std::string method_name(const pte::ExecutionPlan& plan) {
  return plan.name.empty() ? "(unnamed)" : std::string(plan.name);
}

std::string value_place(const pte::ExecutionPlan& plan, std::size_t value) {
  return method_name(plan) + " %" + std::to_string(value);
}

std::string delegate_place(const pte::ExecutionPlan& plan, std::size_t delegate) {
  return method_name(plan) + " delegate " + std::to_string(delegate);
}

std::string value_words(const pte::ExecutionPlan& plan, std::int64_t index) {
  const pte::Value* value = plan.find_value(index);
  if (!value) return "no such value";
  struct Words {
    const pte::ExecutionPlan& plan;
    std::string operator()(const pte::UnknownValue& unknown) const {
      return fmt::format("unknown kind {}", unknown.type);
    }
    std::string operator()(const pte::Null&) const { return "none"; }
    std::string operator()(const pte::Int& number) const { return std::to_string(number.value); }
    std::string operator()(const pte::Bool& flag) const { return flag.value ? "true" : "false"; }
    std::string operator()(const pte::Double& number) const { return fmt::format("{}", number.value); }
    std::string operator()(const pte::Tensor& tensor) const { return type_text(tensor); }
    std::string operator()(const pte::String& text) const { return "'" + std::string(text.value) + "'"; }
    std::string operator()(const pte::IntList& list) const {
      return list_words(list.items, [&](std::int64_t item) {
        const pte::Value* boxed = plan.find_value(item);
        const auto* number = boxed ? std::get_if<pte::Int>(&boxed->content) : nullptr;
        return number ? std::to_string(number->value) : reference(item);
      });
    }
    std::string operator()(const pte::DoubleList& list) const {
      return list_words(list.items, [](double item) { return fmt::format("{}", item); });
    }
    std::string operator()(const pte::BoolList& list) const {
      return list_words(list.items, [](std::uint8_t item) { return std::string(item ? "true" : "false"); });
    }
    std::string operator()(const pte::TensorList& list) const { return list_words(list.items, reference); }
    std::string operator()(const pte::OptionalTensorList& list) const { return list_words(list.items, reference); }
  };
  return std::visit(Words{plan}, value->content);
}

std::string argument_words(const pte::ExecutionPlan& plan, std::int64_t index) {
  const pte::Value* value = plan.find_value(index);
  return reference(index) + (value && value->tensor() ? ": " : " = ") + value_words(plan, index);
}

report::Cell value_cell(const pte::ExecutionPlan& plan, std::int64_t index) {
  const pte::Value* value = plan.find_value(index);
  if (value) {
    if (const auto* number = std::get_if<pte::Int>(&value->content)) return number->value;
    if (const auto* flag = std::get_if<pte::Bool>(&value->content)) return flag->value;
    if (const auto* number = std::get_if<pte::Double>(&value->content)) return number->value;
    if (const auto* text = std::get_if<pte::String>(&value->content)) return std::string(text->value);
    if (std::holds_alternative<pte::Null>(value->content)) return report::Absent{};
  }
  return value_words(plan, index);
}

std::string quant_words(const xnn::QuantParams& quant) {
  struct Words {
    std::string operator()(const xnn::NoQuant&) const { return {}; }
    std::string operator()(const xnn::PerTensorQuant& tensor) const {
      return fmt::format("scale {:.6g}, zero point {}", tensor.scale, tensor.zero_point);
    }
    std::string operator()(const xnn::PerChannelQuant& channel) const {
      const std::uint64_t scales = channel.scale_buffer_idx != 0 ? channel.num_scales : channel.scale.size();
      return counted(scales, "scale") + " along dim " + std::to_string(channel.channel_dim);
    }
    std::string operator()(const xnn::PerChannelGroupQuant& group) const {
      const std::uint64_t scales = group.scale_buffer_idx != 0 ? group.num_scales
                                   : !group.scale_bf16.empty() ? group.scale_bf16.size()
                                                               : group.scale.size();
      return counted(scales, "scale") + ", groups of " + std::to_string(group.group_size) + " along dim " +
             std::to_string(group.channel_dim);
    }
    std::string operator()(const xnn::PerTokenDynamicQuant& token) const {
      return fmt::format("per row, {} dims inside", token.num_nonbatch_dims);
    }
    std::string operator()(const xnn::UnknownQuant& unknown) const {
      return fmt::format("unknown quantisation {}", unknown.type);
    }
  };
  return std::visit(Words{}, quant);
}

std::vector<std::string> attribute_words(const xnn::Node& node) {
  std::vector<std::string> words;
  for (const xnn::Attribute& attribute : node.attributes) {
    if (const auto* number = std::get_if<std::uint32_t>(&attribute.value)) {
      words.push_back(fmt::format("{} {}", attribute.name, *number));
    } else if (const auto* real = std::get_if<float>(&attribute.value)) {
      words.push_back(fmt::format("{} {:.6g}", attribute.name, *real));
    } else {
      words.push_back(std::string(attribute.name) + " " +
                      shape_text(std::get<std::span<const std::uint32_t>>(attribute.value)));
    }
  }
  if (node.output_min_max && (std::isfinite(node.output_min_max->min) || std::isfinite(node.output_min_max->max))) {
    words.push_back(fmt::format("clamp [{:.6g}, {:.6g}]", node.output_min_max->min, node.output_min_max->max));
  }
  if (node.flags != 0) words.push_back("flags " + hex(node.flags));
  return words;
}

}  // namespace ptetool::layout
