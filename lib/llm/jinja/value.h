// What templates compute with: Python's values, as far as templates can see them. Lists, dictionaries and texts never
// change once they are made (the sandbox of chat templates forbids it); copies share them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "llm/jinja/budget.h"

namespace ptetool::llm::jinja {

class Loop;
class Value;
struct Builtin;
struct Callable;
struct Cursor;
struct Dict;
struct Macro;
struct Namespace;
struct Scope;
struct Sequence;

struct Undefined {
  std::shared_ptr<const std::string> why;  // what is said when it is used; null: nothing particular
};
struct None {};

class Value {
 public:
  using Text = std::shared_ptr<const std::string>;
  using Storage = std::variant<Undefined, None, bool, std::int64_t, double, Text, std::shared_ptr<const Sequence>,
                               std::shared_ptr<const Dict>, std::shared_ptr<Cursor>, std::shared_ptr<const Callable>,
                               std::shared_ptr<Loop>, Namespace*>;

  Value() = default;  // undefined
  Value(Storage storage) : storage_(std::move(storage)) {}
  static Value undefined(std::string why);

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(storage_);
  }
  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }

  // Null where it is something else.
  const std::string* text() const { return pointee<Text>(); }
  const Sequence* sequence() const { return pointee<std::shared_ptr<const Sequence>>(); }
  const Dict* dict() const { return pointee<std::shared_ptr<const Dict>>(); }
  Cursor* cursor() const { return pointee<std::shared_ptr<Cursor>>(); }
  const Callable* callable() const { return pointee<std::shared_ptr<const Callable>>(); }
  Loop* loop() const { return pointee<std::shared_ptr<Loop>>(); }
  Namespace* name_space() const;

  // True, false and whole numbers; in addition fractions.
  std::optional<std::int64_t> whole() const;
  std::optional<double> number() const;

  // Is it the same thing, not only an equal one? Scalars are where type and value are.
  bool same_as(const Value& other) const;

  const Storage& storage() const { return storage_; }

 private:
  template <class Pointer>
  auto pointee() const -> decltype(std::declval<Pointer>().get()) {
    const Pointer* pointer = std::get_if<Pointer>(&storage_);
    return pointer ? pointer->get() : nullptr;
  }

  Storage storage_;
};

enum class SequenceKind { List, Tuple, Range, Keys, Values, Items };

struct Sequence {
  SequenceKind kind;
  std::vector<Value> items;
  std::size_t depth;  // of containers in each other
};

struct Dict {
  using Entry = std::pair<Value, Value>;
  std::vector<Entry> entries;  // in the order in which they came
  std::size_t depth;
};

// What Python calls a generator: its items can be had once.
struct Cursor {
  std::vector<Value> items;
  std::size_t depth;
  std::size_t next = 0;
};

// The one thing that changes. The interpreter owns it, since it may contain itself.
struct Namespace {
  enum class Kind { Plain, Cycler, Joiner } kind = Kind::Plain;
  std::vector<std::pair<std::string, Value>> attributes = {};

  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

// A built-in function with the object it belongs to, or a macro with the scope that it sees.
struct Callable {
  const Builtin* builtin = nullptr;
  Value self = {};
  const Macro* macro = nullptr;
  Scope* scope = nullptr;
};

// How deep containers are in each other where these are put into one more. Errors: Limit: comparing, printing and
// destroying values goes down into them.
Result<std::size_t> depth_around(std::span<const Value> items);

// Errors: Limit (too much memory, nested too deeply).
Result<Value> make_text(Budget& budget, std::string text);
Result<Value> make_sequence(Budget& budget, SequenceKind kind, std::vector<Value> items);
Result<Value> make_list(Budget& budget, std::vector<Value> items);
Result<Value> make_cursor(Budget& budget, std::vector<Value> items);
// Later entries replace earlier ones of the same key. Errors: also Malformed (a key that cannot be one).
Result<Value> make_dict(Budget& budget, std::vector<Dict::Entry> entries);

// Python's name of its type, for messages.
std::string_view type_name(const Value& value);
bool truth(const Value& value);
// The items that a loop over it sees: of a text its characters, of a dictionary its keys. A cursor is used up. Errors:
// Malformed (it has none).
Result<std::vector<Value>> items_of(Budget& budget, const Value& value);
// Python's len(). Errors: Malformed (it has none).
Result<std::int64_t> length_of(const Value& value);

// "'content' is undefined" and the like, as an error.
Failure undefined_error(const Value& value);
// A template that does what Python does not allow.
Failure type_error(std::string message);

}  // namespace ptetool::llm::jinja
