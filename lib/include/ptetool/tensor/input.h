// What a user may write after --input (design 1.4): files, literals and generators become tensors of the type and shape
// that the method asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/result.h"
#include "ptetool/tensor/npz.h"
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

// The most elements that a JSON file may give one tensor: beyond that .npy is the better place.
inline constexpr std::size_t kMaxJsonItems = std::size_t{1} << 24;

// Where an input comes from, as its text says: a file, a generator or a literal. Files are opened and, where they hold
// several values, taken apart at once; the value itself is made when it is known what the method expects.
//
// In this order: text that names an existing file ("-" is standard input), alone or with ":KEY" behind it; a generator
// for a tensor input: zeros, ones, arange (0, 1, 2 … in C order), rand (floats uniform in [0, 1), integers 0 … 9,
// bools), randn (what random_input makes); a literal: 3, 0.5, true, null, "text", [[1, 2], [3, 4]] (inf, -inf, nan
// included). A tensor literal takes the expected dtype; a scalar literal for a tensor input fills the expected shape;
// numbers that the dtype cannot hold are refused. Generators and fills use the upper bounds of a dynamic shape.
//
// Files, by their content where that tells: .npy; .npz (one array, or FILE:KEY); JSON, that is a literal, or an object
// with a literal per input ({"x": [[1, 2]], "y": 3}; one value, or FILE:KEY); PNG and JPEG, where the key is a preset
// of read_image(); and, by the suffix .bin or .raw, the bare bytes of a tensor of the expected type and shape. An array
// of another dtype is refused, except npy_carrier() of the expected one (uint16 for bfloat16), and so are tensors whose
// rank or sizes cannot be meant: another rank, other sizes where they are static, more elements than the bound where
// they are dynamic. An array of one element serves a scalar input.
class InputSource {
 public:
  // Errors name the text: Io, Malformed, Unsupported and Limit of files, Usage (a key that is not in the file).
  static Result<InputSource> open(std::string_view text);

  const std::string& text() const { return text_; }
  // The names of the values in a file of several (.npz, a JSON object) of which the text chose none; empty otherwise.
  std::vector<std::string> names() const;
  // The value of that index as a source of its own.
  InputSource part(std::size_t index) const;

  // Tensors come out contiguous, whatever the dim order of the method's input. Errors name the text: Usage (neither
  // file nor literal, a file of several values), Mismatch, Unsupported (files of other kinds), Limit.
  Result<InputValue> value(const InputExpectation& expected, SeededRandom& random) const;
  // The array of an .npy file or of an archive's value as it is there, for whoever compares; nullopt for other sources.
  Result<std::optional<OwnedTensor>> array() const;

 private:
  struct Member {
    std::string name;
    std::variant<OwnedTensor, std::string> content;  // an array, or the text of a literal
  };
  Result<InputValue> member_value(const Member& member, const InputExpectation& expected) const;
  Result<InputValue> file_value(const InputExpectation& expected) const;

  std::string text_;
  std::string file_name_;             // without the key
  std::shared_ptr<const File> file_;  // null where the text names none
  std::string preset_;                // of a picture
  std::vector<Member> members_;
  bool chosen_ = false;  // members_ is the one that the text, or part(), chose
};

// One input from its text: InputSource::open(), then value().
Result<InputValue> parse_input(std::string_view text, const InputExpectation& expected, SeededRandom& random);

// An array from a file as the input: the same memory, raw bits retyped (uint16 to bfloat16 …). `name` is what errors
// call it. Errors: Mismatch, as for parse_input.
Result<OwnedTensor> convert_input(OwnedTensor array, const InputExpectation& expected, const std::string& name);

// The input used where none is given: standard-normal floats, small non-negative integers (0 … 9), alternating bools;
// the constant itself is not known here, so scalars get 0, 0.0, false, "". Errors: Usage, Limit (sizes without a
// tensor).
Result<InputValue> random_input(const InputExpectation& expected, SeededRandom& random);

}  // namespace ptetool
