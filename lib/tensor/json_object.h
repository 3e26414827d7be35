// {"x": [[1, 2]], "y": 3}: an object of inputs, taken apart into names and the texts of literals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool {

struct JsonMember {
  std::string name;
  std::string_view value;  // not read yet: a literal, or what will not become one
};

// `text` begins with '{', but for white space; values are parts of it. Errors: Malformed, with the offset.
Result<std::vector<JsonMember>> split_json_object(std::string_view text, const std::string& file);

// Without the white space at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace ptetool
