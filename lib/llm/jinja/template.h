// A Jinja template, as transformers runs the chat templates of models: its sandbox in which nothing changes, with
// trim_blocks, lstrip_blocks, loop controls, raise_exception, strftime_now and its own tojson. What templates of pages
// use beyond that (inheritance, includes, HTML) is not here.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/jinja/budget.h"
#include "llm/jinja/syntax.h"
#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

class Template {
 public:
  // Errors: Malformed, Unsupported, Limit; the path is the line.
  static Result<Template> parse(std::string_view source);

  using Variables = std::vector<std::pair<std::string, Value>>;
  // `now` is what strftime_now tells. Errors: Usage (the template refuses by raise_exception), Malformed (it does what
  // Python does not allow), Unsupported, Limit; the path is the line.
  Result<std::string> render(Variables variables, const std::tm& now, const Limits& limits = {}) const;

 private:
  Block block_;
};

// Values from outside; a template sees only what it is given. Texts that are no UTF-8 are repaired.
Value text_value(std::string_view text);
Value list_value(std::vector<Value> items);
Value dict_value(std::vector<std::pair<std::string, Value>> entries);

}  // namespace ptetool::llm::jinja
