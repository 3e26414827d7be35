// object.name, object[index], object[begin:end:step].
#include <algorithm>
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/compare.h"
#include "llm/jinja/loop.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/python_text.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

// What would change a value: templates may not.
constexpr std::array<std::string_view, 8> kListChanges{"append", "clear",  "extend",  "insert",
                                                       "pop",    "remove", "reverse", "sort"};
constexpr std::array<std::string_view, 5> kDictChanges{"clear", "pop", "popitem", "setdefault", "update"};

bool changes(const Value& object, std::string_view name) {
  const Sequence* sequence = object.sequence();
  if (sequence && sequence->kind == SequenceKind::List) {
    return std::ranges::find(kListChanges, name) != kListChanges.end();
  }
  return object.dict() && std::ranges::find(kDictChanges, name) != kDictChanges.end();
}

std::string described(const Value& object) {
  return object.is_none() ? "None" : "'" + std::string(type_name(object)) + " object'";
}

// What belongs to the type, not to what the value holds.
Result<std::optional<Value>> own_attribute(const Value& object, std::string_view name) {
  if (const Builtin* method = find_method(object, name)) {
    return Value(Value::Storage(std::make_shared<const Callable>(Callable{method, object})));
  }
  if (changes(object, name)) {
    return Value::undefined(quoted(name) + " would change a " + std::string(type_name(object)) +
                            ", which templates may not");
  }
  if (Loop* loop = object.loop()) return loop->attribute(name);
  if (const Namespace* space = object.name_space()) {
    if (const Value* found = space->find(name)) return *found;
  }
  return std::nullopt;
}

// Where a slice of a sequence of this length begins, how it goes on, and how many items it has.
struct Walk {
  std::int64_t begin, step, count;
};

Walk walk(std::int64_t length, const SliceBounds& bounds, std::int64_t step) {
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? length : length - 1;
  const auto place = [&](std::optional<std::int64_t> bound, std::int64_t absent) {
    if (!bound) return absent;
    const std::int64_t index = *bound < 0 ? (*bound < -length - 1 ? low : *bound + length) : *bound;
    return std::clamp(index, low, high);
  };
  const std::int64_t begin = place(bounds.begin, step > 0 ? low : high);
  const std::int64_t end = place(bounds.end, step > 0 ? high : low);
  const std::int64_t distance = step > 0 ? end - begin : begin - end;
  // The largest steps would overflow, and reach one item at most.
  const std::int64_t size = step > 0 ? step : step < -length - 1 ? length + 1 : -step;
  return {begin, step, distance <= 0 ? 0 : 1 + (distance - 1) / size};
}

template <class Item>
std::vector<Item> walked(const std::vector<Item>& items, const Walk& way) {
  std::vector<Item> result;
  for (std::int64_t i = 0; i < way.count; ++i) {
    result.push_back(items[static_cast<std::size_t>(way.begin + i * way.step)]);
  }
  return result;
}

}  // namespace

Result<Value> attribute_of(Budget& budget, const Value& object, std::string_view name) {
  if (object.is_undefined()) return undefined_error(object);
  PTETOOL_ASSIGN(auto own, own_attribute(object, name));
  if (own) return std::move(*own);
  if (const Dict* dict = object.dict()) {
    PTETOOL_ASSIGN(const Value key, make_text(budget, std::string(name)));
    PTETOOL_ASSIGN(const auto found, find_entry(budget, dict->entries, key));
    if (found) return dict->entries[*found].second;
  }
  return Value::undefined(described(object) + " has no attribute " + quoted(name));
}

Result<Value> item_of(Budget& budget, const Value& object, const Value& index) {
  if (object.is_undefined()) return undefined_error(object);
  if (const Dict* dict = object.dict(); dict && check_hashable(index)) {
    PTETOOL_ASSIGN(const auto found, find_entry(budget, dict->entries, index));
    if (found) return dict->entries[*found].second;
  }
  if (const auto wanted = index.whole()) {
    const Sequence* sequence = object.sequence();
    const bool indexed = sequence && sequence->kind <= SequenceKind::Range;
    const auto length = indexed || object.text() ? length_of(object) : Result<std::int64_t>(0);
    const std::int64_t at = *wanted < 0 && *wanted >= -*length ? *wanted + *length : *wanted;
    if (at >= 0 && at < *length) {
      if (sequence) return sequence->items[static_cast<std::size_t>(at)];
      const std::string& text = *object.text();
      PTETOOL_CHECK(budget.steps(text.size() / 64));
      const std::size_t begin = character_offset(text, static_cast<std::size_t>(at));
      return make_text(budget, text.substr(begin, character_end(text, begin) - begin));
    }
  }
  if (const std::string* name = index.text()) {
    PTETOOL_ASSIGN(auto own, own_attribute(object, *name));
    if (own) return std::move(*own);
    return Value::undefined(described(object) + " has no attribute " + quoted(*name));
  }
  const auto whole = index.whole();
  return Value::undefined(described(object) + " has no element" + (whole ? " " + std::to_string(*whole) : ""));
}

Result<Value> slice_of(Budget& budget, const Value& object, const SliceBounds& bounds) {
  if (object.is_undefined()) return undefined_error(object);
  const std::int64_t step = bounds.step.value_or(1);
  const Sequence* sequence = object.sequence();
  if (!object.text() && !(sequence && sequence->kind <= SequenceKind::Range)) {
    return Value::undefined(described(object) + " cannot be sliced");
  }
  if (step == 0) return type_error("a slice cannot have the step 0");
  if (sequence) {
    const Walk way = walk(static_cast<std::int64_t>(sequence->items.size()), bounds, step);
    return make_sequence(budget, sequence->kind, walked(sequence->items, way));
  }
  const std::string& text = *object.text();
  PTETOOL_CHECK(budget.steps(text.size() / 16));
  const Walk way = walk(static_cast<std::int64_t>(character_count(text)), bounds, step);
  if (way.count == 0) return make_text(budget, "");
  if (step == 1) {
    const std::size_t begin = character_offset(text, static_cast<std::size_t>(way.begin));
    const std::string_view rest = std::string_view(text).substr(begin);
    return make_text(budget, std::string(rest.substr(0, character_offset(rest, static_cast<std::size_t>(way.count)))));
  }
  PTETOOL_CHECK(budget.bytes(text.size() * sizeof(std::string_view)));
  std::vector<std::string_view> characters;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    end = character_end(text, at);
    characters.push_back(std::string_view(text).substr(at, end - at));
  }
  std::string result;
  for (const std::string_view character : walked(characters, way)) result += character;
  return make_text(budget, std::move(result));
}

}  // namespace ptetool::llm::jinja
