// "author.name" or 0, as filters are told which part of each item they are about.
#pragma once

#include <span>
#include <vector>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

class AttributePath {
 public:
  // Without an attribute: the item itself. Errors: Malformed.
  static Result<AttributePath> make(Budget& budget, const Value* attribute);
  // `absent`, where it is not null, stands for what is undefined on the way.
  Result<Value> of(Budget& budget, Value item, const Value* absent = nullptr) const;

 private:
  std::vector<Value> parts_;
};

// A text in small letters; anything else as it is.
Result<Value> without_case(Budget& budget, const Value& value);

}  // namespace ptetool::llm::jinja
