// Reads add_prefix_space, which older files have, as the prepend_scheme that took its place.
#include "llm/metaspace.h"

#include "llm/utf8.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

Result<Metaspace> read_metaspace(Fields& fields) {
  Metaspace rule;
  rule.mark = fields.text("replacement");
  fields.ignore({"str_rep"});
  if (rule.mark.empty() || character_at(rule.mark, 0).length != rule.mark.size()) {
    return fields.malformed("the replacement is not one character");
  }
  const bool prefix = fields.flag("add_prefix_space", true);
  const std::string scheme = fields.text("prepend_scheme", prefix ? "always" : "never");
  if (scheme == "always") {
    rule.prepend = Metaspace::Prepend::Always;
  } else if (scheme == "first") {
    rule.prepend = Metaspace::Prepend::First;
  } else if (scheme == "never") {
    rule.prepend = Metaspace::Prepend::Never;
  } else {
    return fields.malformed("has the prepend_scheme " + quoted(scheme) + ", which does not exist");
  }
  rule.split = fields.flag("split", true);
  return rule;
}

}  // namespace ptetool::llm
