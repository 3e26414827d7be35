// Texts as inputs of an expected type, and what becomes of them.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>

#include "ptetool/base/text.h"
#include "ptetool/tensor/input.h"
#include "ptetool/tensor/statistics.h"

namespace input_values {

using namespace ptetool;
using Kind = InputExpectation::Kind;

inline InputExpectation tensor_of(ScalarType dtype, const Sizes& sizes, bool dynamic = false) {
  return {Kind::Tensor, dtype, sizes, dynamic};
}
inline InputExpectation scalar_of(Kind kind) { return {kind, ScalarType::Float, {}, false}; }

inline Result<InputValue> parse(std::string_view text, const InputExpectation& expected) {
  SeededRandom random(1);
  return parse_input(text, expected, random);
}

// "[2, 2] 1 2 3 4", or the message of the error.
inline std::string outcome(std::string_view text, const InputExpectation& expected) {
  const auto value = parse(text, expected);
  if (!value) return value.error().line();
  const auto* owned = std::get_if<OwnedTensor>(&*value);
  if (owned == nullptr) return "no tensor";
  CHECK(owned->tensor.dtype == expected.dtype);
  std::string shown = shape_text(owned->tensor.sizes.span());
  for (std::int64_t i = 0; i < owned->tensor.numel(); ++i) shown += " " + element_text(owned->tensor, i);
  return shown;
}

inline ErrorCode code(std::string_view text, const InputExpectation& expected) {
  const auto value = parse(text, expected);
  return value ? ErrorCode::Internal : value.error().code;
}

}  // namespace input_values
