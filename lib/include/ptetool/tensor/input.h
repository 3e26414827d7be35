// What a user may write after --input (design 1.4): files, literals and generators become tensors of the type and shape
// that the method asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "ptetool/base/result.h"
#include "ptetool/tensor/random.h"
#include "ptetool/tensor/statistics.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

// A scalar, text or tensor given by the user. Null is monostate.
using InputValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, OwnedTensor>;

// What the method says about one input.
struct InputExpectation {
  enum class Kind { Null, Bool, Int, Double, String, Tensor } kind = Kind::Tensor;
  ScalarType dtype = ScalarType::Float;
  Sizes sizes;  // of a tensor: serialised sizes, upper bounds where dynamic
  bool dynamic = false;
};

// Parses one --input text. Tensors come out contiguous, whatever the dim order of the method's input.
//
// In this order: text that names an existing file ("x.npy"; any suffix if the content is .npy; "-" is standard input);
// a generator for a tensor input: zeros, ones, arange (0, 1, 2 … in C order), rand (floats uniform in [0, 1), integers
// 0 … 9, bools), randn (what random_input makes); a literal: 3, 0.5, true, null, "text", [[1, 2], [3, 4]] (inf, -inf,
// nan included). A tensor literal takes the expected dtype; a scalar literal for a tensor input fills the expected
// shape; numbers that the dtype cannot hold are refused. Generators and fills use the upper bounds of a dynamic shape.
//
// A .npy of another dtype is refused, except npy_carrier() of the expected one (uint16 for bfloat16), and so are
// tensors whose rank or sizes cannot be meant: another rank, other sizes where they are static, more elements than the
// bound where they are dynamic. Errors name the text: Usage (neither file nor literal), Io, Mismatch, Unsupported
// (files of other kinds), Limit; those of read_npy.
Result<InputValue> parse_input(std::string_view text, const InputExpectation& expected, SeededRandom& random);

// An array from a file as the input: the same memory, raw bits retyped (uint16 to bfloat16 …). `name` is what errors
// call it. Errors: Mismatch, as for parse_input.
Result<OwnedTensor> convert_input(OwnedTensor array, const InputExpectation& expected, const std::string& name);

// The input used where none is given: standard-normal floats, small non-negative integers (0 … 9), alternating bools;
// the constant itself is not known here, so scalars get 0, 0.0, false, "". Errors: Usage, Limit (sizes without a
// tensor).
Result<InputValue> random_input(const InputExpectation& expected, SeededRandom& random);

}  // namespace ptetool
