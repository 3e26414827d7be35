// Making and reading values. What holds others knows how deep it is, 100 at most: so all that recurses over values
// ends.
#include "llm/jinja/value.h"

#include <algorithm>
#include <array>

#include "llm/jinja/compare.h"
#include "llm/jinja/loop.h"
#include "llm/jinja/python_text.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

constexpr std::size_t kMaxDepth = 100;

std::size_t depth_of(const Value& value) {
  if (const Sequence* sequence = value.sequence()) return sequence->depth;
  if (const Dict* dict = value.dict()) return dict->depth;
  if (const Callable* callable = value.callable()) return 1 + depth_of(callable->self);
  if (const Cursor* cursor = value.cursor()) return cursor->depth;
  if (const Loop* loop = value.loop()) return loop->depth();
  return 0;
}

template <class T, class... Arguments>
Value shared(Arguments&&... arguments) {
  return Value(Value::Storage(std::shared_ptr<const T>(new T{std::forward<Arguments>(arguments)...})));
}

}  // namespace

Value Value::undefined(std::string why) {
  return Value(Undefined{std::make_shared<const std::string>(std::move(why))});
}

Namespace* Value::name_space() const {
  Namespace* const* pointer = std::get_if<Namespace*>(&storage_);
  return pointer ? *pointer : nullptr;
}

std::optional<std::int64_t> Value::whole() const {
  if (const auto* number = std::get_if<std::int64_t>(&storage_)) return *number;
  if (const auto* flag = std::get_if<bool>(&storage_)) return *flag ? 1 : 0;
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto* number = std::get_if<double>(&storage_)) return *number;
  if (const auto number = whole()) return static_cast<double>(*number);
  return std::nullopt;
}

bool Value::same_as(const Value& other) const {
  if (storage_.index() != other.storage_.index() || is_undefined()) return false;
  if (text()) return *text() == *other.text();
  if (const auto* number = std::get_if<double>(&storage_)) return *number == *std::get_if<double>(&other.storage_);
  if (is_none()) return true;
  if (const auto number = whole()) return number == other.whole();
  return sequence() == other.sequence() && dict() == other.dict() && cursor() == other.cursor() &&
         callable() == other.callable() && loop() == other.loop() && name_space() == other.name_space();
}

const Value* Namespace::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &std::pair<std::string, Value>::first);
  return found == attributes.end() ? nullptr : &found->second;
}

void Namespace::set(std::string_view name, Value value) {
  const auto found = std::ranges::find(attributes, name, &std::pair<std::string, Value>::first);
  if (found != attributes.end()) {
    found->second = std::move(value);
  } else {
    attributes.emplace_back(name, std::move(value));
  }
}

Result<std::size_t> depth_around(std::span<const Value> items) {
  std::size_t depth = 0;
  for (const Value& item : items) depth = std::max(depth, depth_of(item));
  if (depth >= kMaxDepth) return fail(ErrorCode::Limit, "values are nested too deeply");
  return depth + 1;
}

Result<Value> make_text(Budget& budget, std::string text) {
  PTETOOL_CHECK(budget.bytes(text.size()));
  return Value(Value::Storage(std::make_shared<const std::string>(std::move(text))));
}

Result<Value> make_sequence(Budget& budget, SequenceKind kind, std::vector<Value> items) {
  PTETOOL_CHECK(budget.steps(items.size()));
  PTETOOL_CHECK(budget.bytes(sizeof(Sequence) + items.size() * sizeof(Value)));
  PTETOOL_ASSIGN(const std::size_t depth, depth_around(items));
  return shared<Sequence>(kind, std::move(items), depth);
}

Result<Value> make_list(Budget& budget, std::vector<Value> items) {
  return make_sequence(budget, SequenceKind::List, std::move(items));
}

Result<Value> make_cursor(Budget& budget, std::vector<Value> items) {
  PTETOOL_CHECK(budget.steps(items.size()));
  PTETOOL_CHECK(budget.bytes(sizeof(Cursor) + items.size() * sizeof(Value)));
  PTETOOL_ASSIGN(const std::size_t depth, depth_around(items));
  return Value(Value::Storage(std::shared_ptr<Cursor>(new Cursor{std::move(items), depth})));
}

Result<Value> make_dict(Budget& budget, std::vector<Dict::Entry> entries) {
  PTETOOL_CHECK(budget.bytes(sizeof(Dict) + entries.size() * sizeof(Dict::Entry)));
  std::vector<Dict::Entry> kept;
  std::size_t depth = 1;
  for (Dict::Entry& entry : entries) {
    PTETOOL_CHECK(check_hashable(entry.first));
    PTETOOL_ASSIGN(const auto found, find_entry(budget, kept, entry.first));
    PTETOOL_ASSIGN(const std::size_t around, depth_around(std::array{entry.first, entry.second}));
    depth = std::max(depth, around);
    if (found) {
      kept[*found].second = std::move(entry.second);
    } else {
      kept.push_back(std::move(entry));
    }
  }
  return shared<Dict>(std::move(kept), depth);
}

std::string_view type_name(const Value& value) {
  if (const Sequence* sequence = value.sequence()) {
    constexpr std::array<std::string_view, 6> kNames{"list",      "tuple",       "range",
                                                     "dict_keys", "dict_values", "dict_items"};
    return kNames[static_cast<std::size_t>(sequence->kind)];
  }
  if (const Callable* callable = value.callable()) return callable->macro ? "Macro" : "function";
  constexpr std::array<std::string_view, 12> kNames{"Undefined",   "NoneType", "bool", "int",       "float",
                                                    "str",         "",         "dict", "generator", "function",
                                                    "LoopContext", "Namespace"};
  return kNames[value.storage().index()];
}

bool truth(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (const auto number = value.number()) return *number != 0;
  if (const std::string* text = value.text()) return !text->empty();
  if (const Sequence* sequence = value.sequence()) return !sequence->items.empty();
  if (const Dict* dict = value.dict()) return !dict->entries.empty();
  return true;
}

Result<std::vector<Value>> items_of(Budget& budget, const Value& value) {
  std::vector<Value> items;
  if (const Sequence* sequence = value.sequence()) {
    items = sequence->items;
  } else if (const Dict* dict = value.dict()) {
    for (const auto& [key, each] : dict->entries) items.push_back(key);
  } else if (const std::string* text = value.text()) {
    // A shared text per character: far more than the character itself.
    PTETOOL_CHECK(budget.bytes(text->size() * 64));
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = character_end(*text, at);
      PTETOOL_ASSIGN(Value character, make_text(budget, text->substr(at, end - at)));
      items.push_back(std::move(character));
      at = end;
    }
  } else if (Cursor* cursor = value.cursor()) {
    items.assign(cursor->items.begin() + static_cast<std::ptrdiff_t>(cursor->next), cursor->items.end());
    cursor->next = cursor->items.size();
  } else if (!value.is_undefined()) {
    return type_error("a value of the type " + std::string(type_name(value)) + " cannot be iterated over");
  }
  PTETOOL_CHECK(budget.steps(items.size()));
  PTETOOL_CHECK(budget.bytes(items.size() * sizeof(Value)));
  return items;
}

Result<std::int64_t> length_of(const Value& value) {
  if (const std::string* text = value.text()) return static_cast<std::int64_t>(character_count(*text));
  if (const Sequence* sequence = value.sequence()) return static_cast<std::int64_t>(sequence->items.size());
  if (const Dict* dict = value.dict()) return static_cast<std::int64_t>(dict->entries.size());
  if (value.is_undefined()) return 0;
  return type_error("a value of the type " + std::string(type_name(value)) + " has no length");
}

Failure undefined_error(const Value& value) {
  const auto* undefined = std::get_if<Undefined>(&value.storage());
  return type_error(undefined && undefined->why ? *undefined->why : "a value is undefined");
}

Failure type_error(std::string message) { return fail(ErrorCode::Malformed, std::move(message)); }

}  // namespace ptetool::llm::jinja
