// The report as ordered JSON: keys stand in the report's order, lists of plain values on one line. NaN and infinities,
// for which JSON has no numbers, are texts.
#include "render/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace ptetool::cli {

namespace {

using Json = nlohmann::ordered_json;

Json real(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json json_of(const report::Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, report::Absent>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, double>) {
          return real(value);
        } else if constexpr (std::is_same_v<T, report::Share> || std::is_same_v<T, report::Milliseconds>) {
          return real(value.value);
        } else if constexpr (std::is_same_v<T, report::ByteCount> || std::is_same_v<T, report::ByteChange> ||
                             std::is_same_v<T, report::Offset>) {
          return value.value;
        } else {
          return value;
        }
      },
      cell);
}

Json json_of(const report::Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
      object[table.columns[i].id] = json_of(row[i]);
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

void fill(Json& object, const report::Section& section) {
  for (const report::Fact& fact : section.facts) object[fact.id] = json_of(fact.value);
  for (const report::Table& table : section.tables) {
    object[table.id] = json_of(table);
    if (table.left_off != 0) object[table.id + "_left_off"] = table.left_off;
  }
  for (const report::Section& inner : section.sections) {
    Json child = Json::object();
    fill(child, inner);
    if (inner.listed) {
      object[inner.id].push_back(std::move(child));
    } else {
      object[inner.id] = std::move(child);
    }
  }
}

void write(const Json& json, std::string& text, std::size_t indent) {
  const bool nested = json.is_structured() && !json.empty() && (json.is_object() || json.front().is_structured());
  const auto compact = [](const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); };
  if (!nested && !json.is_array()) {
    text += compact(json);
    return;
  }
  if (!nested) {  // "[1, 2]"
    text += '[';
    bool first = true;
    for (const Json& item : json) {
      if (!std::exchange(first, false)) text += ", ";
      text += compact(item);
    }
    text += ']';
    return;
  }
  text += json.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, item] : json.items()) {
    text += std::exchange(first, false) ? "\n" : ",\n";
    text.append(indent + 2, ' ');
    if (json.is_object()) text += compact(key) + ": ";
    write(item, text, indent + 2);
  }
  text += '\n';
  text.append(indent, ' ');
  text += json.is_object() ? '}' : ']';
}

}  // namespace

std::string render_json(const report::Report& report) {
  Json document = Json::object();
  document["schema"] = report.schema;
  fill(document, report.root);
  std::string text;
  write(document, text, 0);
  return text + '\n';
}

}  // namespace ptetool::cli
