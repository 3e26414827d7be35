// Python's rules: numbers by their exact values, lists and tuples item by item, views of dictionaries by identity.
#include "llm/jinja/compare.h"

#include <algorithm>
#include <cmath>

namespace ptetool::llm::jinja {

namespace {

// -1, 0 or 1; 2 where one is NaN. Whole numbers and fractions are compared by their exact values.
int compare_numbers(const Value& a, const Value& b) {
  const auto left = a.whole();
  const auto right = b.whole();
  if (left && right) return *left < *right ? -1 : *left > *right;
  if (right) {
    const int reversed = compare_numbers(b, a);
    return reversed == 2 ? 2 : -reversed;
  }
  const double y = *b.number();
  if (!left) {
    const double x = *a.number();
    if (std::isnan(x) || std::isnan(y)) return 2;
    return x < y ? -1 : x > y;
  }
  if (std::isnan(y)) return 2;
  if (y >= 0x1p63) return -1;
  if (y < -0x1p63) return 1;
  const auto below = static_cast<std::int64_t>(std::floor(y));
  if (*left != below) return *left < below ? -1 : 1;
  return y > std::floor(y) ? -1 : 0;
}

// What a list is not equal to, whatever is in it.
bool comparable(const Sequence& a, const Sequence& b) {
  const bool unordered =
      a.kind == SequenceKind::Keys || a.kind == SequenceKind::Values || a.kind == SequenceKind::Items;
  return a.kind == b.kind && !unordered;
}

Result<bool> equal_dicts(Budget& budget, const Dict& a, const Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    PTETOOL_ASSIGN(const auto found, find_entry(budget, b.entries, key));
    if (!found) return false;
    PTETOOL_ASSIGN(const bool same, equals(budget, value, b.entries[*found].second));
    if (!same) return false;
  }
  return true;
}

}  // namespace

Result<bool> equals(Budget& budget, const Value& a, const Value& b) {
  PTETOOL_CHECK(budget.steps());
  if (a.is_undefined() || b.is_undefined()) return a.is_undefined() && b.is_undefined();
  if (a.number() && b.number()) return compare_numbers(a, b) == 0;
  if (a.text() && b.text()) return *a.text() == *b.text();
  const Sequence* left = a.sequence();
  const Sequence* right = b.sequence();
  if (left && right && left != right && comparable(*left, *right)) {
    if (left->items.size() != right->items.size()) return false;
    for (std::size_t i = 0; i < left->items.size(); ++i) {
      PTETOOL_ASSIGN(const bool same, equals(budget, left->items[i], right->items[i]));
      if (!same) return false;
    }
    return true;
  }
  if (a.dict() && b.dict() && a.dict() != b.dict()) return equal_dicts(budget, *a.dict(), *b.dict());
  return a.same_as(b);
}

Result<bool> less(Budget& budget, const Value& a, const Value& b, std::string_view sign) {
  PTETOOL_CHECK(budget.steps());
  for (const Value* each : {&a, &b}) {
    if (each->is_undefined()) return undefined_error(*each);
  }
  if (a.number() && b.number()) return compare_numbers(a, b) == -1;
  if (a.text() && b.text()) return *a.text() < *b.text();
  const Sequence* left = a.sequence();
  const Sequence* right = b.sequence();
  if (left && right && left->kind == right->kind && left->kind <= SequenceKind::Tuple) {
    const std::size_t common = std::min(left->items.size(), right->items.size());
    for (std::size_t i = 0; i < common; ++i) {
      PTETOOL_ASSIGN(const bool same, equals(budget, left->items[i], right->items[i]));
      if (!same) return less(budget, left->items[i], right->items[i], sign);
    }
    return left->items.size() < right->items.size();
  }
  return type_error("'" + std::string(sign) + "' is not possible between the types " + std::string(type_name(a)) +
                    " and " + std::string(type_name(b)));
}

Result<bool> contains(Budget& budget, const Value& container, const Value& item) {
  PTETOOL_CHECK(budget.steps());
  if (const std::string* text = container.text()) {
    if (!item.text()) return type_error("only a text can be in a text, not a " + std::string(type_name(item)));
    PTETOOL_CHECK(budget.steps(text->size() / 64));
    return text->find(*item.text()) != std::string::npos;
  }
  if (const Dict* dict = container.dict()) {
    PTETOOL_CHECK(check_hashable(item));
    PTETOOL_ASSIGN(const auto found, find_entry(budget, dict->entries, item));
    return found.has_value();
  }
  if (const Sequence* sequence = container.sequence()) {
    for (const Value& each : sequence->items) {
      PTETOOL_ASSIGN(const bool same, equals(budget, each, item));
      if (same) return true;
    }
    return false;
  }
  if (Cursor* cursor = container.cursor()) {
    while (cursor->next < cursor->items.size()) {
      PTETOOL_ASSIGN(const bool same, equals(budget, cursor->items[cursor->next++], item));
      if (same) return true;
    }
    return false;
  }
  if (container.is_undefined()) return false;
  return type_error("nothing can be in a value of the type " + std::string(type_name(container)));
}

Result<> check_hashable(const Value& key) {
  const Sequence* sequence = key.sequence();
  const bool tuple = sequence && sequence->kind == SequenceKind::Tuple;
  if (tuple) {
    for (const Value& item : sequence->items) PTETOOL_CHECK(check_hashable(item));
  }
  const bool fixed = tuple || (sequence && sequence->kind == SequenceKind::Range);
  if ((sequence && !fixed) || key.dict()) {
    return type_error("a value of the type " + std::string(type_name(key)) + " cannot be a key");
  }
  return {};
}

Result<std::optional<std::size_t>> find_entry(Budget& budget, std::span<const Dict::Entry> entries, const Value& key) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    PTETOOL_ASSIGN(const bool same, equals(budget, entries[i].first, key));
    if (same) return i;
  }
  return std::nullopt;
}

}  // namespace ptetool::llm::jinja
