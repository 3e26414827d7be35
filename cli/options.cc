// What a command line says, with the defaults of the rows where it says nothing.
#include "options.h"

#include <algorithm>

#include "commands.h"
#include "option_values.h"

namespace ptetool::cli {

std::vector<std::string> choices_of(const OptionRow& row) { return split(row.choices, ' '); }

const OptionRow* Options::row(std::string_view name) const {
  const auto find = [&](std::span<const OptionRow> rows) -> const OptionRow* {
    const auto found = std::ranges::find(rows, name, &OptionRow::name);
    return found == rows.end() ? nullptr : &*found;
  };
  const OptionRow* own = command ? find(command->options) : nullptr;
  return own ? own : find(global_options());
}

bool Options::on(std::string_view name) const {
  const auto found = values_.find(name);
  return found != values_.end() && found->second.back() == kYes;
}

std::optional<bool> Options::yes_no(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.back() == kYes);
}

std::optional<std::string> Options::given(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.back());
}

std::string Options::text(std::string_view name) const {
  if (auto value = given(name)) return *value;
  const OptionRow* found = row(name);
  return found ? std::string(found->fallback) : std::string();
}

std::vector<std::string> Options::list(std::string_view name) const {
  const OptionRow* found = row(name);
  const auto values = values_.find(name);
  if (!found) return {};
  if (found->takes != Takes::Choices) return values == values_.end() ? std::vector<std::string>() : values->second;
  if (values == values_.end()) return split(found->fallback, ',');
  std::vector<std::string> items;
  for (const std::string& value : values->second) {
    for (std::string& item : split(value, ',')) items.push_back(std::move(item));
  }
  return items;
}

std::optional<std::uint64_t> Options::number(std::string_view name) const {
  const OptionRow* found = row(name);
  const std::string value = text(name);
  if (!found || value.empty()) return std::nullopt;
  return found->takes == Takes::Bytes ? parse_bytes(value) : parse_number(value);
}

std::optional<double> Options::real(std::string_view name) const { return parse_real(text(name)); }

}  // namespace ptetool::cli
