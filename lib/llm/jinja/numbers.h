// Numbers written as text, as Python's int() and float() read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ptetool::llm::jinja {

// Nullopt where it is none, or does not fit.
std::optional<std::int64_t> whole_in(std::string_view text, int base = 10);
std::optional<double> real_in(std::string_view text);

}  // namespace ptetool::llm::jinja
