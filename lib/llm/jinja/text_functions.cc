// How long a result will be is counted, and paid for, before it is made.
#include "llm/jinja/text_functions.h"

#include "llm/jinja/python_text.h"

namespace ptetool::llm::jinja {

namespace {

std::uint64_t occurrences(std::string_view text, std::string_view old, std::size_t most) {
  if (old.empty()) return std::min(character_count(text) + 1, most);
  std::uint64_t count = 0;
  for (std::size_t at = 0; count < most && (at = text.find(old, at)) != std::string_view::npos; at += old.size()) {
    ++count;
  }
  return count;
}

}  // namespace

Result<Value> replaced_text(Budget& budget, std::string_view text, std::string_view old, std::string_view with,
                            std::int64_t most) {
  const std::size_t bound = most < 0 ? SIZE_MAX : static_cast<std::size_t>(most);
  PTETOOL_CHECK(budget.steps(1 + text.size() / 16));
  const std::uint64_t count = occurrences(text, old, bound);
  PTETOOL_CHECK(budget.steps(count));
  // Each of them is bounded, so that their product is.
  PTETOOL_CHECK(budget.bytes(text.size()));
  for (std::uint64_t i = 0; i < count; ++i) PTETOOL_CHECK(budget.bytes(with.size()));
  return make_text(budget, replaced(text, old, with, bound));
}

Result<Value> padded_text(Budget& budget, std::string_view text, std::int64_t width, Padding side,
                          std::string_view fill) {
  const auto count = static_cast<std::int64_t>(character_count(text));
  std::string result(text);
  if (width <= count) return make_text(budget, std::move(result));
  const std::int64_t missing = width - count;
  PTETOOL_CHECK(budget.bytes(static_cast<std::uint64_t>(missing)));
  // Python puts the odd one to the left where the width is odd.
  const std::int64_t left = side == Padding::Left    ? missing
                            : side == Padding::Right ? 0
                                                     : missing / 2 + (missing & width & 1);
  std::string before;
  for (std::int64_t i = 0; i < left; ++i) before += fill;
  for (std::int64_t i = left; i < missing; ++i) result += fill;
  return make_text(budget, before + result);
}

Result<const std::string*> self_as_text(const Call& call) {
  if (const std::string* text = call.self.text()) return text;
  if (call.self.is_undefined()) return undefined_error(call.self);
  return type_error("a text is needed, not a value of the type " + std::string(type_name(call.self)));
}

}  // namespace ptetool::llm::jinja
