// The outermost level of a JSON object. Keys are JSON's own; values are only stepped over, by brackets and quotes, so
// that nesting costs nothing.
#include "tensor/json_object.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ptetool/base/text.h"
#include "tensor/literal.h"

namespace ptetool {

namespace {

// More than any method has inputs.
constexpr std::size_t kMaxMembers = 4096;

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<std::vector<JsonMember>> split_json_object(std::string_view text, const std::string& file) {
  std::size_t at = text.find('{') + 1;
  const auto malformed = [&](std::string_view what) {
    return fail(ErrorCode::Malformed, file, "", std::string(what), std::min(at, text.size()));
  };
  const auto skip_space = [&] { at = std::min(text.find_first_not_of(" \t\r\n", at), text.size()); };
  std::vector<JsonMember> members;
  skip_space();
  while (at >= text.size() || text[at] != '}') {
    if (at >= text.size() || text[at] != '"') return malformed("a name in quotes is missing");
    const std::size_t key_end = skip_nested(text, at);
    const auto key = nlohmann::json::parse(text.substr(at, key_end - at), nullptr, /*allow_exceptions=*/false);
    if (!key.is_string()) return malformed("a name is no JSON string");
    const auto name = key.get<std::string>();
    if (members.size() == kMaxMembers) return malformed("the object has more than 4096 names");
    if (std::ranges::any_of(members, [&](const JsonMember& known) { return known.name == name; })) {
      return malformed("the name " + quoted(name) + " is there twice");
    }
    at = key_end;
    skip_space();
    if (at >= text.size() || text[at] != ':') return malformed("':' is missing");
    ++at;
    skip_space();
    const std::size_t begin = at;
    while (at < text.size() && text[at] != ',' && text[at] != '}') at = skip_nested(text, at);
    if (at >= text.size()) return malformed("is cut off: the object is not closed");
    const std::string_view value = trimmed(text.substr(begin, at - begin));
    if (value.starts_with('{')) return malformed("an object inside the object is no input");
    members.push_back({name, value});
    if (text[at] != ',') break;
    ++at;
    skip_space();
  }
  ++at;
  skip_space();
  if (at < text.size()) return malformed("more text follows behind the object");
  return members;
}

}  // namespace ptetool
