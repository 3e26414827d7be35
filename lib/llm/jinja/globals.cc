// Functions that every template can call.
#include <array>
#include <ctime>

#include "llm/jinja/builtin.h"
#include "llm/jinja/interpreter.h"
#include "llm/jinja/print.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

// The sandbox of Jinja allows no longer ranges.
constexpr std::int64_t kLongestRange = 100'000;

Result<Value> range(Call& call) {
  PTETOOL_ASSIGN(const std::int64_t first, call.whole(0));
  std::int64_t begin = 0, end = first, step = 1;
  if (call.has(1)) {
    begin = first;
    PTETOOL_ASSIGN(end, call.whole(1));
    PTETOOL_ASSIGN(step, call.whole(2, 1));
  }
  if (step == 0) return type_error("a range cannot have the step 0");
  std::vector<Value> items;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    if (static_cast<std::int64_t>(items.size()) == kLongestRange) {
      return fail(ErrorCode::Limit, "the range is longer than " + std::to_string(kLongestRange));
    }
    items.push_back(as_value(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return make_sequence(call.budget, SequenceKind::Range, std::move(items));
}

// dict() and namespace(): a dictionary or pairs, then names.
Result<std::vector<Dict::Entry>> entries_of(Call& call) {
  std::vector<Dict::Entry> entries;
  if (call.has(0) && call[0].dict()) {
    entries = call[0].dict()->entries;
  } else if (call.has(0)) {
    PTETOOL_ASSIGN(const std::vector<Value> pairs, items_of(call.budget, call[0]));
    for (const Value& pair : pairs) {
      PTETOOL_ASSIGN(const std::vector<Value> parts, items_of(call.budget, pair));
      if (parts.size() != 2) return type_error("a dictionary is made of pairs");
      entries.emplace_back(parts[0], parts[1]);
    }
  }
  for (auto& [name, value] : call.more.named) {
    PTETOOL_ASSIGN(Value key, make_text(call.budget, name));
    entries.emplace_back(std::move(key), std::move(value));
  }
  return entries;
}

Result<Value> dict(Call& call) {
  PTETOOL_ASSIGN(std::vector<Dict::Entry> entries, entries_of(call));
  return make_dict(call.budget, std::move(entries));
}

Result<Value> make_namespace(Call& call) {
  PTETOOL_ASSIGN(const std::vector<Dict::Entry> entries, entries_of(call));
  Namespace contents;
  for (const auto& [key, value] : entries) {
    PTETOOL_CHECK(call.budget.steps(contents.attributes.size()));
    if (!key.text()) return type_error("the attributes of a namespace have names");
    if (key.text()->starts_with('_')) return type_error("a namespace keeps nothing whose name begins with '_'");
    contents.set(*key.text(), value);
  }
  return call.interpreter.new_namespace(std::move(contents));
}

Result<Value> cycler(Call& call) {
  if (call.more.positional.empty()) return type_error("a cycler needs something to go through");
  PTETOOL_ASSIGN(Value items, make_list(call.budget, call.more.positional));
  Namespace contents{Namespace::Kind::Cycler};
  contents.set("current", call.more.positional.front());
  contents.set(" items", std::move(items));
  contents.set(" at", as_value(std::int64_t{0}));
  return call.interpreter.new_namespace(std::move(contents));
}

Result<Value> joiner(Call& call) {
  Namespace contents{Namespace::Kind::Joiner};
  PTETOOL_ASSIGN(Value separator, call.has(0) ? Result<Value>(call[0]) : make_text(call.budget, ", "));
  contents.set("sep", std::move(separator));
  return call.interpreter.new_namespace(std::move(contents));
}

Result<Value> raise_exception(Call& call) {
  PTETOOL_ASSIGN(const std::string message, str(call.budget, call[0]));
  return fail(ErrorCode::Usage, escaped(message, 1000));
}

Result<Value> strftime_now(Call& call) {
  PTETOOL_ASSIGN(const std::string* format, call.text(0));
  // strftime() cannot tell an empty result from one that does not fit: it is never empty.
  PTETOOL_CHECK(call.budget.bytes(64 + 32 * format->size()));
  std::string text(64 + 32 * format->size(), '\0');
  const std::string with_end = *format + "|";
  const std::tm now = call.interpreter.now();
  const std::size_t size = std::strftime(text.data(), text.size(), with_end.c_str(), &now);
  if (size == 0) return type_error("the format of the time gives no text");
  text.resize(size - 1);
  return make_text(call.budget, std::move(text));
}

constexpr std::array kFunctions{
    Builtin{"cycler", "*", cycler},
    Builtin{"dict", "mapping= **", dict},
    Builtin{"joiner", "sep=", joiner},
    Builtin{"namespace", "mapping= **", make_namespace},
    Builtin{"raise_exception", "message", raise_exception},
    Builtin{"range", "start stop= step=", range},
    Builtin{"strftime_now", "format", strftime_now},
};

}  // namespace

Builtins global_functions() { return kFunctions; }

}  // namespace ptetool::llm::jinja
