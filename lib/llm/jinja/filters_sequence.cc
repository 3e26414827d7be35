// Filters about lists, dictionaries and whatever else has items.
#include <algorithm>
#include <array>

#include "llm/jinja/attribute_path.h"
#include "llm/jinja/builtin.h"
#include "llm/jinja/compare.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "llm/jinja/sorting.h"

namespace ptetool::llm::jinja {

namespace {

Result<Value> length(Call& call) {
  PTETOOL_ASSIGN(const std::int64_t count, length_of(call.self));
  return as_value(count);
}

Result<Value> or_default(Call& call) {
  const bool absent = call.self.is_undefined() || (call.flag(1) && !truth(call.self));
  if (!absent) return call.self;
  return call.has(0) ? call[0] : make_text(call.budget, "");
}

Result<Value> first(Call& call) {
  if (Cursor* cursor = call.self.cursor(); cursor && cursor->next < cursor->items.size()) {
    return cursor->items[cursor->next++];
  }
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  return items.empty() ? Value::undefined("there is no first item, the sequence is empty") : items.front();
}

Failure cannot_go_back(const Value& value) {
  return type_error("a value of the type " + std::string(type_name(value)) + " cannot be gone through backwards");
}

Result<Value> last(Call& call) {
  if (call.self.cursor()) return cannot_go_back(call.self);
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  return items.empty() ? Value::undefined("there is no last item, the sequence is empty") : items.back();
}

Result<Value> list(Call& call) {
  PTETOOL_ASSIGN(std::vector<Value> items, items_of(call.budget, call.self));
  return make_list(call.budget, std::move(items));
}

Result<Value> reverse(Call& call) {
  PTETOOL_ASSIGN(std::vector<Value> items, items_of(call.budget, call.self));
  std::ranges::reverse(items);
  if (call.self.cursor()) return make_list(call.budget, std::move(items));
  if (!call.self.text()) return make_cursor(call.budget, std::move(items));
  std::string text;
  for (const Value& item : items) text += *item.text();
  return make_text(call.budget, std::move(text));
}

Result<Value> items(Call& call) {
  if (call.self.is_undefined()) return make_cursor(call.budget, {});
  if (!call.self.dict()) return type_error("only a dictionary has entries");
  std::vector<Value> pairs;
  for (const auto& [key, value] : call.self.dict()->entries) {
    PTETOOL_ASSIGN(Value pair, make_sequence(call.budget, SequenceKind::Tuple, {key, value}));
    pairs.push_back(std::move(pair));
  }
  return make_cursor(call.budget, std::move(pairs));
}

Result<Value> dict_sort(Call& call) {
  if (!call.self.dict()) {
    return call.self.is_undefined() ? undefined_error(call.self) : type_error("only a dictionary has entries");
  }
  const std::string* by = call.has(1) ? call[1].text() : nullptr;
  if (call.has(1) && (!by || (*by != "key" && *by != "value"))) {
    return type_error("'dictsort' sorts by 'key' or by 'value'");
  }
  std::vector<Keyed> keyed;
  for (const auto& [key, value] : call.self.dict()->entries) {
    PTETOOL_ASSIGN(Value pair, make_sequence(call.budget, SequenceKind::Tuple, {key, value}));
    const Value& part = by && *by == "value" ? value : key;
    PTETOOL_ASSIGN(Value sorts_by, call.flag(0) ? Result<Value>(part) : without_case(call.budget, part));
    keyed.push_back({std::move(sorts_by), std::move(pair)});
  }
  PTETOOL_ASSIGN(std::vector<Value> result, sorted(call.budget, std::move(keyed), call.flag(2)));
  return make_list(call.budget, std::move(result));
}

Result<Value> attribute(Call& call) {
  PTETOOL_ASSIGN(const std::string* name, call.text(0));
  // Entries of dictionaries are no attributes.
  if (call.self.dict() && !find_method(call.self, *name)) return Value::undefined("there is no attribute " + *name);
  return attribute_of(call.budget, call.self, *name);
}

// Lists of so many items each.
Result<Value> batch(Call& call) {
  PTETOOL_ASSIGN(const std::vector<Value> all, items_of(call.budget, call.self));
  PTETOOL_ASSIGN(const std::int64_t count, call.whole(0));
  std::vector<Value> rows, row;
  const auto finish = [&]() -> Result<> {
    PTETOOL_ASSIGN(Value made, make_list(call.budget, std::exchange(row, {})));
    rows.push_back(std::move(made));
    return {};
  };
  for (const Value& item : all) {
    if (static_cast<std::int64_t>(row.size()) == count) PTETOOL_CHECK(finish());
    row.push_back(item);
  }
  if (!row.empty()) {
    while (call.given(1) && static_cast<std::int64_t>(row.size()) < count) {
      PTETOOL_CHECK(call.budget.bytes(sizeof(Value)));
      row.push_back(call[1]);
    }
    PTETOOL_CHECK(finish());
  }
  return make_cursor(call.budget, std::move(rows));
}

// So many lists, as equal in length as may be.
Result<Value> slice(Call& call) {
  PTETOOL_ASSIGN(const std::vector<Value> all, items_of(call.budget, call.self));
  PTETOOL_ASSIGN(const std::int64_t slices, call.whole(0));
  if (slices == 0) return type_error("division by zero");
  const std::size_t count = slices < 0 ? 0 : static_cast<std::size_t>(slices);
  std::vector<Value> rows;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool longer = i < all.size() % count;
    const std::size_t end = begin + all.size() / count + (longer ? 1 : 0);
    std::vector<Value> row(all.begin() + static_cast<std::ptrdiff_t>(begin),
                           all.begin() + static_cast<std::ptrdiff_t>(end));
    if (call.given(1) && !longer) row.push_back(call[1]);
    PTETOOL_ASSIGN(Value made, make_list(call.budget, std::move(row)));
    rows.push_back(std::move(made));
    begin = end;
  }
  return make_cursor(call.budget, std::move(rows));
}

constexpr std::array kFilters{
    Builtin{"attr", "name", attribute},
    Builtin{"batch", "linecount fill_with=", batch},
    Builtin{"count", "", length},
    Builtin{"d", "default_value= boolean=", or_default},
    Builtin{"default", "default_value= boolean=", or_default},
    Builtin{"dictsort", "case_sensitive= by= reverse=", dict_sort},
    Builtin{"first", "", first},
    Builtin{"items", "", items},
    Builtin{"last", "", last},
    Builtin{"length", "", length},
    Builtin{"list", "", list},
    Builtin{"reverse", "", reverse},
    Builtin{"slice", "slices fill_with=", slice},
};

}  // namespace

Builtins sequence_filters() { return kFilters; }

}  // namespace ptetool::llm::jinja
