// Filters about items by one of their attributes: which pass, which come first, what they are together.
#include <algorithm>
#include <array>

#include "llm/jinja/attribute_path.h"
#include "llm/jinja/builtin.h"
#include "llm/jinja/compare.h"
#include "llm/jinja/interpreter.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/print.h"
#include "llm/jinja/python_text.h"
#include "llm/jinja/sorting.h"

namespace ptetool::llm::jinja {

namespace {

// What an item is compared by.
struct Key {
  AttributePath path;
  bool with_case = false;

  Result<Value> of(Budget& budget, const Value& item, const Value* absent = nullptr) const {
    PTETOOL_ASSIGN(const Value value, path.of(budget, item, absent));
    return with_case ? Result<Value>(value) : without_case(budget, value);
  }
};

Result<Key> key_of(const Call& call, std::size_t attribute, std::size_t with_case) {
  PTETOOL_ASSIGN(AttributePath path, AttributePath::make(call.budget, call.given(attribute)));
  return Key{std::move(path), call.flag(with_case)};
}

Result<Value> map(Call& call) {
  std::vector<Value> results;
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  if (call.has(0)) {
    if (!call.more.positional.empty() || !call.more.named.empty()) return type_error("'map' has too many arguments");
    PTETOOL_ASSIGN(const AttributePath path, AttributePath::make(call.budget, &call[0]));
    for (const Value& item : items) {
      PTETOOL_ASSIGN(Value value, path.of(call.budget, item, call.given(1)));
      results.push_back(std::move(value));
    }
    return make_cursor(call.budget, std::move(results));
  }
  if (call.more.positional.empty() || !call.more.positional[0].text()) {
    return type_error("'map' needs the name of a filter, or an attribute");
  }
  const std::string name = *call.more.positional[0].text();
  Arguments arguments = call.more;
  arguments.positional.erase(arguments.positional.begin());
  for (const Value& item : items) {
    PTETOOL_ASSIGN(Value value, call.interpreter.filtered(name, item, arguments));
    results.push_back(std::move(value));
  }
  return make_cursor(call.budget, std::move(results));
}

// map(attribute=…) has only arguments with names; map('name', …) passes all others on.
Result<Value> map_any(Call& call) {
  Call again{call.interpreter, call.budget, call.self, std::vector<std::optional<Value>>(2), {}};
  again.more.positional = std::move(call.more.positional);
  for (auto& [name, value] : call.more.named) {
    const bool own = again.more.positional.empty() && (name == "attribute" || name == "default");
    if (own) {
      again.arguments[name == "attribute" ? 0 : 1] = std::move(value);
    } else {
      again.more.named.emplace_back(std::move(name), std::move(value));
    }
  }
  return map(again);
}

// Items that pass a test, or that are true; of which an attribute does.
Result<Value> choose(Call& call, bool by_attribute, bool wanted) {
  std::vector<Value> results;
  Arguments arguments = call.more;
  AttributePath path;
  const auto take_first = [&]() {
    Value value = arguments.positional.front();
    arguments.positional.erase(arguments.positional.begin());
    return value;
  };
  if (!truth(call.self)) return make_cursor(call.budget, {});
  if (by_attribute) {
    if (arguments.positional.empty()) return type_error("the attribute to select by is missing");
    const Value attribute = take_first();
    PTETOOL_ASSIGN(path, AttributePath::make(call.budget, &attribute));
  }
  std::optional<Value> test;
  if (!arguments.positional.empty()) test = take_first();
  if (test && !test->text()) return type_error("the test to select by is no name");
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  for (const Value& item : items) {
    PTETOOL_ASSIGN(const Value value, path.of(call.budget, item));
    PTETOOL_ASSIGN(const bool passes,
                   test ? call.interpreter.tested(*test->text(), value, arguments) : Result<bool>(truth(value)));
    if (passes == wanted) results.push_back(item);
  }
  return make_cursor(call.budget, std::move(results));
}

template <bool kByAttribute, bool kWanted>
Result<Value> chosen(Call& call) {
  return choose(call, kByAttribute, kWanted);
}

Result<Value> join(Call& call) {
  PTETOOL_ASSIGN(const AttributePath path, AttributePath::make(call.budget, call.given(1)));
  PTETOOL_ASSIGN(const std::string between,
                 call.has(0) ? str(call.budget, call[0]) : Result<std::string>(std::string()));
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  std::string result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    PTETOOL_ASSIGN(const Value value, path.of(call.budget, items[i]));
    PTETOOL_ASSIGN(const std::string text, str(call.budget, value));
    PTETOOL_CHECK(call.budget.bytes(between.size()));
    if (i != 0) result += between;
    result += text;
  }
  return make_text(call.budget, std::move(result));
}

Result<Value> sort(Call& call) {
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  // Several attributes with commas between them.
  std::vector<Key> keys;
  const std::string* names = call.has(2) ? call[2].text() : nullptr;
  for (const std::string_view name : names ? split(*names, ",") : std::vector<std::string_view>{""}) {
    PTETOOL_ASSIGN(const Value attribute, make_text(call.budget, std::string(name)));
    PTETOOL_ASSIGN(AttributePath path, AttributePath::make(call.budget, names ? &attribute : call.given(2)));
    keys.push_back({std::move(path), call.flag(1)});
  }
  std::vector<Keyed> keyed;
  for (const Value& item : items) {
    std::vector<Value> parts;
    for (const Key& key : keys) {
      PTETOOL_ASSIGN(Value part, key.of(call.budget, item));
      parts.push_back(std::move(part));
    }
    PTETOOL_ASSIGN(Value together, make_list(call.budget, std::move(parts)));
    keyed.push_back({std::move(together), item});
  }
  PTETOOL_ASSIGN(std::vector<Value> result, sorted(call.budget, std::move(keyed), call.flag(0)));
  return make_list(call.budget, std::move(result));
}

Result<Value> unique(Call& call) {
  PTETOOL_ASSIGN(const Key key, key_of(call, 1, 0));
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  std::vector<Dict::Entry> seen;
  std::vector<Value> result;
  for (const Value& item : items) {
    PTETOOL_ASSIGN(Value value, key.of(call.budget, item));
    PTETOOL_CHECK(check_hashable(value));
    PTETOOL_ASSIGN(const auto found, find_entry(call.budget, seen, value));
    if (found) continue;
    seen.emplace_back(std::move(value), Value());
    result.push_back(item);
  }
  return make_cursor(call.budget, std::move(result));
}

template <bool kLargest>
Result<Value> extreme(Call& call) {
  PTETOOL_ASSIGN(const Key key, key_of(call, 1, 0));
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  if (items.empty()) return Value::undefined("no item, the sequence is empty");
  Value best = items.front();
  PTETOOL_ASSIGN(Value best_key, key.of(call.budget, best));
  for (const Value& item : std::span(items).subspan(1)) {
    PTETOOL_ASSIGN(Value value, key.of(call.budget, item));
    PTETOOL_ASSIGN(const bool better,
                   kLargest ? less(call.budget, best_key, value) : less(call.budget, value, best_key));
    if (!better) continue;
    best = item;
    best_key = std::move(value);
  }
  return best;
}

Result<Value> sum(Call& call) {
  PTETOOL_ASSIGN(const AttributePath path, AttributePath::make(call.budget, call.given(0)));
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  Value total = call.has(1) ? call[1] : as_value(std::int64_t{0});
  if (total.text()) return type_error("texts are joined, not summed");
  for (const Value& item : items) {
    PTETOOL_ASSIGN(const Value value, path.of(call.budget, item));
    PTETOOL_ASSIGN(total, binary_operation(call.budget, "+", total, value));
  }
  return total;
}

Result<Value> group_by(Call& call) {
  PTETOOL_ASSIGN(const Key key, key_of(call, 0, 2));
  PTETOOL_ASSIGN(const std::vector<Value> items, items_of(call.budget, call.self));
  std::vector<Keyed> keyed;
  for (const Value& item : items) {
    PTETOOL_ASSIGN(Value value, key.of(call.budget, item, call.given(1)));
    keyed.push_back({std::move(value), item});
  }
  PTETOOL_ASSIGN(const std::vector<Value> ordered, sorted(call.budget, std::move(keyed), false));
  std::vector<Value> groups, group;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    group.push_back(ordered[i]);
    bool ends = i + 1 == ordered.size();
    if (!ends) {
      PTETOOL_ASSIGN(const Value here, key.of(call.budget, ordered[i], call.given(1)));
      PTETOOL_ASSIGN(const Value next, key.of(call.budget, ordered[i + 1], call.given(1)));
      PTETOOL_ASSIGN(const bool same, equals(call.budget, here, next));
      ends = !same;
    }
    if (!ends) continue;
    // The key as the first of them writes it.
    PTETOOL_ASSIGN(Value name, key.path.of(call.budget, group.front(), call.given(1)));
    PTETOOL_ASSIGN(Value members, make_list(call.budget, std::exchange(group, {})));
    PTETOOL_ASSIGN(Value pair, make_sequence(call.budget, SequenceKind::Tuple, {std::move(name), std::move(members)}));
    groups.push_back(std::move(pair));
  }
  return make_list(call.budget, std::move(groups));
}

constexpr std::array kFilters{
    Builtin{"groupby", "attribute default= case_sensitive=", group_by},
    Builtin{"join", "d= attribute=", join},
    Builtin{"map", "* **", map_any},
    Builtin{"max", "case_sensitive= attribute=", extreme<true>},
    Builtin{"min", "case_sensitive= attribute=", extreme<false>},
    Builtin{"reject", "* **", chosen<false, false>},
    Builtin{"rejectattr", "* **", chosen<true, false>},
    Builtin{"select", "* **", chosen<false, true>},
    Builtin{"selectattr", "* **", chosen<true, true>},
    Builtin{"sort", "reverse= case_sensitive= attribute=", sort},
    Builtin{"sum", "attribute= start=", sum},
    Builtin{"unique", "case_sensitive= attribute=", unique},
};

}  // namespace

Builtins attribute_filters() { return kFilters; }

}  // namespace ptetool::llm::jinja
