// Filters about numbers.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "llm/jinja/builtin.h"
#include "llm/jinja/numbers.h"
#include "llm/jinja/operators.h"
#include "llm/jinja/python_text.h"

namespace ptetool::llm::jinja {

namespace {

// Single underscores between digits mean nothing; elsewhere they are wrong.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at]));
    };
    if (text[i] != '_') {
      result += text[i];
    } else if (i == 0 || !digit(i - 1) || !digit(i + 1)) {
      return std::nullopt;
    }
  }
  return result;
}

Result<Value> absolute(Call& call) {
  const auto number = call.self.number();
  if (!number) return signed_value("+", call.self);  // says why not
  return signed_value(std::signbit(*number) ? "-" : "+", call.self);
}

Result<Value> to_whole(Call& call) {
  if (call.self.is_undefined()) return undefined_error(call.self);
  const Value absent = call.has(0) ? call[0] : as_value(std::int64_t{0});
  PTETOOL_ASSIGN(const std::int64_t base, call.whole(1, 10));
  std::optional<double> real = call.self.number();
  if (const std::string* text = call.self.text()) {
    const bool known = base == 0 || (base >= 2 && base <= 36);
    if (const auto whole = known ? whole_in(*text, static_cast<int>(base)) : std::nullopt) return as_value(*whole);
    real = real_in(*text);
  } else if (const auto whole = call.self.whole()) {
    return as_value(*whole);
  }
  if (!real || !std::isfinite(*real)) return absent;
  if (!(std::fabs(*real) < 0x1p63)) return fail(ErrorCode::Limit, "a whole number becomes too large");
  return as_value(static_cast<std::int64_t>(*real));
}

Result<Value> to_real(Call& call) {
  if (call.self.is_undefined()) return undefined_error(call.self);
  const std::string* text = call.self.text();
  if (const auto real = text ? real_in(*text) : call.self.number()) return as_value(*real);
  return call.has(0) ? call[0] : as_value(0.0);
}

// round(): to the nearest decimal fraction, of two equally near ones to the even one.
double nearest(double number, std::int64_t digits) {
  if (!std::isfinite(number) || digits > 330) return number;
  if (digits >= 0) {
    const std::string text = fmt::format("{:.{}f}", number, digits);
    double result = number;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
  }
  if (digits < -330) return std::copysign(0.0, number);
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  return std::isfinite(unit) ? std::nearbyint(number / unit) * unit : std::copysign(0.0, number);
}

Result<Value> round(Call& call) {
  const auto number = call.self.number();
  PTETOOL_ASSIGN(const std::int64_t digits, call.whole(0, 0));
  const std::string common = "common";
  const std::string* method = &common;
  if (call.has(1)) {
    PTETOOL_ASSIGN(method, call.text(1));
  }
  if (*method != "common" && *method != "ceil" && *method != "floor") {
    return type_error("'round' rounds by 'common', 'ceil' or 'floor'");
  }
  if (!number) return signed_value("+", call.self);
  if (*method == "common") {
    if (const auto whole = call.self.whole(); whole && digits >= 0) return as_value(*whole);
    if (const auto whole = call.self.whole()) return as_value(static_cast<std::int64_t>(nearest(*number, digits)));
    return as_value(nearest(*number, digits));
  }
  const double unit = std::pow(10.0, static_cast<double>(digits));
  const double scaled = *number * unit;
  if (!std::isfinite(scaled) || unit == 0) return fail(ErrorCode::Limit, "a number becomes too large");
  return as_value((*method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

constexpr std::array kFilters{
    Builtin{"abs", "", absolute},
    Builtin{"float", "default=", to_real},
    Builtin{"int", "default= base=", to_whole},
    Builtin{"round", "precision= method=", round},
};

}  // namespace

std::optional<std::int64_t> whole_in(std::string_view text, int base) {
  text = stripped(text, Side::Both);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const char kind = text.size() > 2 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
  const int prefix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
  if (prefix != 0 && (base == prefix || base == 0)) {
    base = prefix;
    text.remove_prefix(text[2] == '_' ? 3 : 2);
  }
  if (base == 0) {
    base = 10;
    if (text.starts_with('0') && text.find_first_not_of("0_") != std::string_view::npos) return std::nullopt;
  }
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || digits->starts_with('-')) return std::nullopt;
  std::int64_t result = 0;
  const std::string all = (negative ? "-" : "") + *digits;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), result, base);
  if (error != std::errc() || end != all.data() + all.size()) return std::nullopt;
  return result;
}

std::optional<double> real_in(std::string_view text) {
  text = stripped(text, Side::Both);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || digits->starts_with('-') || digits->ends_with(')')) return std::nullopt;
  double result = 0;
  const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), result);
  if (error == std::errc::invalid_argument || end != digits->data() + digits->size()) return std::nullopt;
  // Too large is infinite, too small is zero.
  if (error == std::errc::result_out_of_range) result = digits->find("e-") != std::string::npos ? 0 : HUGE_VAL;
  return negative ? -result : result;
}

Builtins number_filters() { return kFilters; }

}  // namespace ptetool::llm::jinja
