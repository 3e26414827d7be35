// Which values are equal, which comes first, and what contains what.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

Result<bool> equals(Budget& budget, const Value& a, const Value& b);
// Errors: Malformed (they have no order; `sign` is for the message).
Result<bool> less(Budget& budget, const Value& a, const Value& b, std::string_view sign = "<");
// Python's `item in container`. A cursor is used up as far as the item.
Result<bool> contains(Budget& budget, const Value& container, const Value& item);

// May it be the key of a dictionary? Errors: Malformed.
Result<> check_hashable(const Value& key);
// Where a key is among entries.
Result<std::optional<std::size_t>> find_entry(Budget& budget, std::span<const Dict::Entry> entries, const Value& key);

}  // namespace ptetool::llm::jinja
