// Which methods values of a type have; those of lists, dictionaries, loops and cyclers.
#include <array>

#include "llm/jinja/builtin.h"
#include "llm/jinja/compare.h"
#include "llm/jinja/loop.h"
#include "llm/jinja/text_functions.h"

namespace ptetool::llm::jinja {

namespace {

Result<Value> list_count(Call& call) {
  std::int64_t found = 0;
  for (const Value& item : call.self.sequence()->items) {
    PTETOOL_ASSIGN(const bool same, equals(call.budget, item, call[0]));
    found += same ? 1 : 0;
  }
  return as_value(found);
}

Result<Value> list_index(Call& call) {
  const std::vector<Value>& items = call.self.sequence()->items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    PTETOOL_ASSIGN(const bool same, equals(call.budget, items[i], call[0]));
    if (same) return as_value(static_cast<std::int64_t>(i));
  }
  return type_error("what is looked for is not in the list");
}

Result<Value> copy(Call& call) { return call.self; }

Result<Value> dict_get(Call& call) {
  const auto& entries = call.self.dict()->entries;
  PTETOOL_CHECK(check_hashable(call[0]));
  PTETOOL_ASSIGN(const auto found, find_entry(call.budget, entries, call[0]));
  if (found) return entries[*found].second;
  return call.has(1) ? call[1] : Value(Value::Storage(None{}));
}

template <SequenceKind kKind>
Result<Value> dict_view(Call& call) {
  std::vector<Value> items;
  for (const auto& [key, value] : call.self.dict()->entries) {
    if (kKind == SequenceKind::Items) {
      PTETOOL_ASSIGN(Value pair, make_sequence(call.budget, SequenceKind::Tuple, {key, value}));
      items.push_back(std::move(pair));
    } else {
      items.push_back(kKind == SequenceKind::Keys ? key : value);
    }
  }
  return make_sequence(call.budget, kKind, std::move(items));
}

Result<Value> loop_cycle(Call& call) {
  const std::vector<Value>& items = call.more.positional;
  if (items.empty()) return type_error("there is nothing to go through");
  return items[static_cast<std::size_t>(call.self.loop()->index0()) % items.size()];
}

Result<Value> loop_changed(Call& call) {
  PTETOOL_ASSIGN(const bool changed, call.self.loop()->changed(call.budget, std::move(call.more.positional)));
  return as_value(changed);
}

// A cycler keeps what it goes through among its attributes, under names that no template can write.
Result<Value> cycler_move(Call& call, bool on) {
  Namespace& cycler = *call.self.name_space();
  const std::vector<Value>& items = cycler.find(" items")->sequence()->items;
  const Value current = *cycler.find("current");
  const auto next = on ? (*cycler.find(" at")->whole() + 1) % static_cast<std::int64_t>(items.size()) : 0;
  cycler.set(" at", as_value(next));
  cycler.set("current", items[static_cast<std::size_t>(next)]);
  return on ? current : Value(Value::Storage(None{}));
}
Result<Value> cycler_next(Call& call) { return cycler_move(call, true); }
Result<Value> cycler_reset(Call& call) { return cycler_move(call, false); }

constexpr std::array kOfLists{
    Builtin{"copy", "", copy},
    Builtin{"count", "value /", list_count},
    Builtin{"index", "value /", list_index},
};
constexpr std::array kOfTuples{
    Builtin{"count", "value /", list_count},
    Builtin{"index", "value /", list_index},
};
constexpr std::array kOfDicts{
    Builtin{"copy", "", copy},
    Builtin{"get", "key default= /", dict_get},
    Builtin{"items", "", dict_view<SequenceKind::Items>},
    Builtin{"keys", "", dict_view<SequenceKind::Keys>},
    Builtin{"values", "", dict_view<SequenceKind::Values>},
};
constexpr std::array kOfLoops{
    Builtin{"changed", "*", loop_changed},
    Builtin{"cycle", "*", loop_cycle},
};
constexpr std::array kOfCyclers{
    Builtin{"next", "", cycler_next},
    Builtin{"reset", "", cycler_reset},
};

}  // namespace

const Builtin* find_method(const Value& value, std::string_view name) {
  if (value.text()) {
    const Builtin* method = find_builtin(text_methods(), name);
    return method ? method : find_builtin(text_search_methods(), name);
  }
  if (value.dict()) return find_builtin(kOfDicts, name);
  if (value.loop()) return find_builtin(kOfLoops, name);
  if (const Sequence* sequence = value.sequence()) {
    if (sequence->kind == SequenceKind::List) return find_builtin(kOfLists, name);
    return sequence->kind <= SequenceKind::Range ? find_builtin(kOfTuples, name) : nullptr;
  }
  const Namespace* space = value.name_space();
  return space && space->kind == Namespace::Kind::Cycler ? find_builtin(kOfCyclers, name) : nullptr;
}

}  // namespace ptetool::llm::jinja
