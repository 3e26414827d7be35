// Texts are split at their dots, and parts of digits are indices, as in jinja2's make_attrgetter.
#include "llm/jinja/attribute_path.h"

#include <algorithm>
#include <charconv>

#include "llm/jinja/operators.h"
#include "llm/jinja/python_text.h"
#include "llm/utf8.h"

namespace ptetool::llm::jinja {

Result<AttributePath> AttributePath::make(Budget& budget, const Value* attribute) {
  AttributePath path;
  if (!attribute || attribute->is_none()) return path;
  const std::string* text = attribute->text();
  if (!text) {
    path.parts_.push_back(*attribute);
    return path;
  }
  for (const std::string_view part : split(*text, ".")) {
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool digits = !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if (digits && error == std::errc() && end == part.data() + part.size()) {
      path.parts_.emplace_back(Value::Storage(index));
    } else {
      PTETOOL_ASSIGN(Value name, make_text(budget, std::string(part)));
      path.parts_.push_back(std::move(name));
    }
  }
  return path;
}

Result<Value> AttributePath::of(Budget& budget, Value item, const Value* absent) const {
  for (const Value& part : parts_) {
    PTETOOL_ASSIGN(item, item_of(budget, item, part));
    if (absent && item.is_undefined()) item = *absent;
  }
  return item;
}

Result<Value> without_case(Budget& budget, const Value& value) {
  if (!value.text()) return value;
  return make_text(budget, lower_case(*value.text()));
}

}  // namespace ptetool::llm::jinja
