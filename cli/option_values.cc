// Numbers, sizes with units ("512M", "2GiB") and lists from text. The word that was meant is the one of the least edit
// distance (Levenshtein's).
#include "option_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "options.h"
#include "ptetool/base/checked.h"

namespace ptetool::cli {

namespace {

// Number of single-character edits between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_real(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  std::string unit(text.substr(digits));
  std::ranges::transform(unit, unit.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  constexpr std::string_view kUnits = "kmgt";
  if (unit.empty() || unit == "b") return number;
  const std::size_t power = kUnits.find(unit.front());
  const std::string_view rest = std::string_view(unit).substr(1);
  if (power == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib")) return std::nullopt;
  return checked_mul(*number, std::uint64_t{1} << (10 * (power + 1)));
}

std::string suggestion(std::string_view wrong, const std::vector<std::string>& words, std::string_view prefix) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(3, wrong.size() / 2)) + 1;
  for (const std::string& word : words) {
    const std::size_t far = wrong.size() > 2 && word.starts_with(wrong) ? 0 : distance(wrong, word);
    if (far < best_distance) {
      best = &word;
      best_distance = far;
    }
  }
  return best ? " (did you mean '" + std::string(prefix) + *best + "'?)" : std::string();
}

}  // namespace ptetool::cli
