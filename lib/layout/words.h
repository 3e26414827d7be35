// How the layout room names things: types, places, values; the same in every view.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/report.h"
#include "ptetool/format/bundled.h"
#include "ptetool/format/ptd.h"
#include "ptetool/format/pte.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::layout {

// "[<=8, 3]": of a tensor with dynamic sizes every dimension above 1 is a bound, because the file does not tell which
// vary.
std::string shape_words(const pte::Tensor& tensor);
// "float32 [1, 3]".
std::string type_text(const pte::Tensor& tensor);
std::string type_text(const ptd::TensorLayout& layout);
std::string type_text(const bundled::Tensor& tensor);
std::string type_text(const xnn::Value& value);

// "scale 0.5, zero point 3", "64 scales along dim 0"; empty for values that are not quantised.
std::string quant_words(const xnn::QuantParams& quant);
// "stride_height 2", "clamp [0, 6]", "flags 0x1" …
std::vector<std::string> attribute_words(const xnn::Node& node);

// "" for the contiguous order, "channels last", or the order itself: "0 2 1".
std::string dim_order_words(std::span<const std::uint8_t> dim_order);

// "forward", or "(unnamed)" where the program has no name for it.
std::string method_name(const pte::ExecutionPlan& plan);
// "forward %3".
std::string value_place(const pte::ExecutionPlan& plan, std::size_t value);
// "forward delegate 0".
std::string delegate_place(const pte::ExecutionPlan& plan, std::size_t delegate);

// What a value holds: "5", "[1, 2]", "none", 'text', "float32 [1, 3]".
std::string value_words(const pte::ExecutionPlan& plan, std::int64_t index);
// An argument of a call: "%3: float32 [1, 3]", "%4 = 1".
std::string argument_words(const pte::ExecutionPlan& plan, std::int64_t index);
// A scalar or text as a typed cell, other kinds as words.
report::Cell value_cell(const pte::ExecutionPlan& plan, std::int64_t index);

}  // namespace ptetool::layout
