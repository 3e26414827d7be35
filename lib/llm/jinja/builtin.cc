// Parameters are written as words: "name" is required, "name=" is not, "*" and "**" take what is left, "/" forbids
// names. Arguments are matched with them as Python does it.
#include "llm/jinja/builtin.h"

#include <algorithm>

#include "llm/jinja/interpreter.h"
#include "llm/jinja/print.h"
#include "ptetool/base/text.h"

namespace ptetool::llm::jinja {

namespace {

struct Signature {
  struct Parameter {
    std::string_view name;
    bool required;
  };
  std::vector<Parameter> parameters;
  bool more = false, more_named = false, unnamed = false;
};

Signature signature_of(std::string_view text) {
  Signature signature;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word == "*") {
      signature.more = true;
    } else if (word == "**") {
      signature.more_named = true;
    } else if (word == "/") {
      signature.unnamed = true;
    } else {
      const bool required = !word.ends_with('=');
      if (!required) word.remove_suffix(1);
      signature.parameters.push_back({word, required});
    }
  }
  return signature;
}

Result<> match(const Builtin& builtin, Arguments& arguments, Call& call) {
  const Signature signature = signature_of(builtin.parameters);
  const auto refuse = [&](std::string message) {
    return type_error("'" + std::string(builtin.name) + "' " + std::move(message));
  };
  const std::size_t count = signature.parameters.size();
  call.arguments.resize(count);
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    Value& value = arguments.positional[i];
    if (i < count) {
      call.arguments[i] = std::move(value);
    } else if (signature.more) {
      call.more.positional.push_back(std::move(value));
    } else {
      return refuse("takes no more than " + counted(count, "argument"));
    }
  }
  for (auto& [name, value] : arguments.named) {
    if (signature.unnamed) return refuse("takes arguments without names only");
    const auto found = std::ranges::find(signature.parameters, name, &Signature::Parameter::name);
    if (found != signature.parameters.end()) {
      auto& slot = call.arguments[static_cast<std::size_t>(found - signature.parameters.begin())];
      if (slot) return refuse("is given two values for " + quoted(name));
      slot = std::move(value);
    } else if (signature.more_named) {
      call.more.named.emplace_back(std::move(name), std::move(value));
    } else {
      return refuse("takes no argument " + quoted(name));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (signature.parameters[i].required && !call.arguments[i]) {
      return refuse("needs the argument " + quoted(signature.parameters[i].name));
    }
  }
  return {};
}

}  // namespace

Result<std::int64_t> Call::whole(std::size_t i) const {
  const Value& value = (*this)[i];
  if (const auto number = value.whole()) return *number;
  if (value.is_undefined()) return undefined_error(value);
  return type_error("a whole number is needed, not a value of the type " + std::string(type_name(value)));
}

Result<std::int64_t> Call::whole(std::size_t i, std::int64_t absent) const {
  if (!has(i)) return absent;
  return whole(i);
}

Result<const std::string*> Call::text(std::size_t i) const {
  const Value& value = (*this)[i];
  if (const std::string* text = value.text()) return text;
  if (value.is_undefined()) return undefined_error(value);
  return type_error("a text is needed, not a value of the type " + std::string(type_name(value)));
}

Result<std::string> Call::self_text() const { return str(budget, self); }

const Builtin* find_builtin(Builtins table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Builtin::name);
  return found == table.end() ? nullptr : &*found;
}

Result<Value> run_builtin(const Builtin& builtin, Interpreter& interpreter, const Value& self, Arguments arguments) {
  Call call{interpreter, interpreter.budget(), self};
  PTETOOL_CHECK(call.budget.steps());
  PTETOOL_CHECK(match(builtin, arguments, call));
  return builtin.run(call);
}

}  // namespace ptetool::llm::jinja
