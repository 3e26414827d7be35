// Values for inputs, whatever they are made from. Errors name what is wrong, not the text of the input: Mismatch,
// Limit.
#pragma once

#include <optional>
#include <string_view>

#include "ptetool/tensor/input.h"
#include "tensor/literal.h"

namespace ptetool {

// "an int", "a tensor".
std::string_view input_kind_name(InputExpectation::Kind kind);

Result<InputValue> value_from_literal(const Literal& literal, const InputExpectation& expected);

// nullopt where no generator has this name.
std::optional<Result<InputValue>> value_from_generator(std::string_view name, const InputExpectation& expected,
                                                       SeededRandom& random);

}  // namespace ptetool
