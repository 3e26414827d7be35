// Which text is for which input of a method.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/runtime/method.h"
#include "ptetool/tensor/input.h"

namespace ptetool {

// The input that a name or an index means; nullopt for a name that no input has. Errors: Usage (no such index).
Result<std::optional<std::size_t>> find_input(const Method& method, std::string_view name);

// For each input the source that is meant for it: "NAME=text" and "INDEX=text" say which it is, others come in order;
// files with several values are spread over the inputs. Errors: Usage, those of InputSource::open.
Result<std::vector<std::optional<InputSource>>> assign_texts(const Method& method, std::span<const std::string> texts);

// The same error, with the input as its path.
Failure about_input(std::size_t index, Error error);

}  // namespace ptetool
