// Core ML's payloads (format-facts 4.2): a reference to named data, or a file system in memory whose table is JSON that
// stands in reverse at its end.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "format/outline.h"
#include "ptetool/base/text.h"

namespace ptetool {

namespace {

using Json = nlohmann::json;

Json parse_json(std::string_view text) {
  if (text.size() > kMaxPayloadText) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string_view text_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  const auto* text = value ? value->get_ptr<const std::string*>() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::uint64_t> number_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (!value || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

// The JSON object at the payload's end, whose bytes stand in reverse; empty if there is none.
std::string reversed_json(ByteView payload) {
  std::string text;
  int depth = 0;
  bool in_string = false;
  bool escape = false;
  const std::size_t limit = std::min(payload.size(), kMaxPayloadText);
  for (std::size_t i = 0; i < limit; ++i) {
    const char c = static_cast<char>(payload[payload.size() - 1 - i]);
    if (i == 0 && c != '{') return {};
    text += c;
    if (in_string) {
      in_string = escape || c != '"';
      escape = !escape && c == '\\';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text;
    }
  }
  return {};
}

void outline_core_ml_metadata(Outliner& out, ByteView file) {
  const Json metadata = parse_json(as_text(file));
  if (const std::string_view identifier = text_member(metadata, "identifier"); !identifier.empty()) {
    out.fact("identifier", escaped(identifier));
  }
  for (const char* list : {"inputNames", "outputNames"}) {
    const Json* names = member(metadata, list);
    if (names && names->is_array())
      out.fact(list == std::string_view("inputNames") ? "inputs" : "outputs", names->size());
  }
}

}  // namespace

void outline_core_ml_reference(Outliner& out) {
  const Json reference = parse_json(as_text(out.payload.subspan(4)));
  if (!reference.is_object()) {
    out.fact("damage", "the reference is no JSON object");
    return;
  }
  if (const auto version = number_member(reference, "version")) out.fact("version", *version);
  const std::string_view key = text_member(reference, "key");
  out.fact("key", escaped(key));
  out.fact("function", escaped(text_member(reference, "functionName")));
  if (!key.empty()) out.key(key);
}

bool outline_core_ml(Outliner& out) {
  const Json metadata = parse_json(reversed_json(out.payload));
  const Json* nodes = member(metadata, "nodes");
  if (!nodes || !nodes->is_array()) return false;
  out.fact("nodes", nodes->size());
  std::size_t listed = 0;
  for (const Json& node : *nodes) {
    const Json* region = member(node, "dataRegion");
    if (!region || ++listed > kMaxListed) continue;
    const auto offset = number_member(*region, "offset");
    const auto size = number_member(*region, "size");
    if (!offset || !size || *size == 0) continue;
    const std::string_view name = text_member(node, "name");
    out.fact("file", escaped(name) + ", " + counted(*size, "byte") + " at " + std::to_string(*offset));
    if (!out.holds("file " + quoted(name), *offset, *size) || name != "metadata.json") continue;
    if (const auto content = subview(out.payload, *offset, *size)) outline_core_ml_metadata(out, *content);
  }
  return true;
}

}  // namespace ptetool
