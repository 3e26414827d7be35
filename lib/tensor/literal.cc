// Parsing literals and turning their items into elements. Not JSON: nan and inf are numbers here, lists must be
// rectangular, and all errors say where.
#include "tensor/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ptetool/base/text.h"
#include "tensor/element_types.h"

namespace ptetool {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <class T>
std::optional<T> parse_whole(std::string_view digits) {
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

class LiteralParser {
 public:
  LiteralParser(std::string_view text, std::size_t max_items) : text_(text), max_items_(max_items) {}

  Result<Literal> parse() {
    skip_space();
    if (peek() == '"') {
      PTETOOL_CHECK(string());
    } else {
      PTETOOL_CHECK(value(0));
    }
    skip_space();
    if (at_ != text_.size()) return problem("more text follows");
    literal_.is_list = rank_ > 0;
    literal_.sizes = Sizes(std::span<const std::int64_t>(lengths_).first(rank_));
    return std::move(literal_);
  }

 private:
  Failure problem(std::string_view what) const { return problem(what, at_); }
  static Failure problem(std::string_view what, std::size_t at) {
    return fail(ErrorCode::Usage, fmt::format("{} at character {}", what, at + 1));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  Result<> string() {
    const auto parsed = nlohmann::json::parse(text_.substr(at_), nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_string()) return problem("the string is not closed, not valid JSON, or followed by more text");
    literal_.items.emplace_back(parsed.get<std::string>());
    at_ = text_.size();
    return {};
  }

  // `depth` lists are open around this value.
  Result<> value(std::size_t depth) { return peek() == '[' ? list(depth) : item(depth); }

  Result<> list(std::size_t depth) {
    if (depth == kMaxRank) return problem("lists are nested more than " + std::to_string(kMaxRank) + " deep");
    if (item_depth_ && depth >= *item_depth_) return problem("a list stands beside a number");
    rank_ = std::max(rank_, depth + 1);
    const std::size_t begin = at_++;
    std::int64_t length = 0;
    skip_space();
    while (peek() != ']') {
      if (length > 0) {
        if (peek() != ',') return problem("',' or ']' is missing");
        ++at_;
        skip_space();
      }
      PTETOOL_CHECK(value(depth + 1));
      ++length;
      skip_space();
    }
    ++at_;
    if (lengths_[depth] >= 0 && lengths_[depth] != length) {
      return problem(fmt::format("a row of {} after rows of {}", length, lengths_[depth]), begin);
    }
    lengths_[depth] = length;
    return {};
  }

  Result<> item(std::size_t depth) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',' && text_[at_] != '[' && text_[at_] != ']') {
      ++at_;
    }
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (token.empty()) return problem("a value is missing", begin);
    auto parsed = word_or_number(token);
    if (!parsed) {
      return problem(fmt::format("'{}' is no number{}", escaped(token, 32), depth == 0 ? "" : " and no bool"), begin);
    }
    if (depth > 0 && std::holds_alternative<Null>(*parsed)) return problem("null cannot be an element", begin);
    if (depth != rank_) return problem("a number stands beside a list", begin);
    if (literal_.items.size() == max_items_) {
      return problem(fmt::format("more than {} elements; a .npy file holds more,", max_items_), begin);
    }
    item_depth_ = depth;
    literal_.items.push_back(std::move(*parsed));
    return {};
  }

  static std::optional<LiteralItem> word_or_number(std::string_view token) {
    const std::string word = lower_case(token);
    if (word == "null") return Null{};
    if (word == "true") return true;
    if (word == "false") return false;
    const bool negative = word[0] == '-';
    const std::string_view unsigned_word = std::string_view(word).substr(negative || word[0] == '+' ? 1 : 0);
    if (unsigned_word == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (unsigned_word == "inf" || unsigned_word == "infinity") {
      return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    }
    // Keeps out what from_chars would also read: a second sign, nan(...).
    if (unsigned_word.empty() || (unsigned_word[0] != '.' && (unsigned_word[0] < '0' || unsigned_word[0] > '9'))) {
      return std::nullopt;
    }
    const std::string_view digits = negative ? std::string_view(word) : unsigned_word;
    if (const auto integer = parse_whole<std::int64_t>(digits)) return *integer;
    if (const auto integer = parse_whole<std::uint64_t>(digits)) return *integer;
    if (const auto real = parse_whole<double>(digits)) return *real;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t max_items_;
  std::size_t at_ = 0;
  Literal literal_;
  std::size_t rank_ = 0;                   // depth of the deepest list
  std::optional<std::size_t> item_depth_;  // depth at which items stand, once there was one
  std::array<std::int64_t, kMaxRank> lengths_ = [] {
    std::array<std::int64_t, kMaxRank> unknown{};
    unknown.fill(-1);
    return unknown;
  }();
};

// Does a double stand for an integer that T holds?
template <class T>
bool is_integer_of(double value) {
  // max + 1 is a power of two and exact; max itself may not be.
  const double limit = 2 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
  return value == std::trunc(value) && value >= static_cast<double>(std::numeric_limits<T>::min()) && value < limit;
}

// The element for an item; nullopt if T cannot hold it.
template <class T, class Item>
std::optional<T> element_for(const Item& item) {
  if constexpr (std::is_same_v<Item, Null> || std::is_same_v<Item, std::string>) {
    return std::nullopt;
  } else if constexpr (std::is_same_v<Item, bool>) {
    if constexpr (std::is_same_v<T, element::Boolean>) return T{static_cast<std::uint8_t>(item ? 1 : 0)};
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, element::Boolean>) {
    if (item != 0 && item != 1) return std::nullopt;
    return T{static_cast<std::uint8_t>(item != 0 ? 1 : 0)};
  } else if constexpr (std::is_integral_v<T> && std::is_integral_v<Item>) {
    if (!std::in_range<T>(item)) return std::nullopt;
    return static_cast<T>(item);
  } else if constexpr (std::is_integral_v<T>) {
    if (!is_integer_of<T>(item)) return std::nullopt;
    return static_cast<T>(item);
  } else {
    const auto value = static_cast<double>(item);
    const T stored = element::from_double<T>(value);
    const double back = element::to_double(stored);
    if (std::isnan(value) ? !std::isnan(back) : std::isfinite(value) != std::isfinite(back)) return std::nullopt;
    if (std::isinf(value) && !std::isinf(back)) return std::nullopt;
    return stored;
  }
}

}  // namespace

Result<Literal> parse_literal(std::string_view text, std::size_t max_items) {
  return LiteralParser(text, max_items).parse();
}

std::size_t skip_nested(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool in_text = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
    if (!in_text && depth == 0) return std::min(at + 1, text.size());
  }
  return text.size();
}

std::string item_text(const LiteralItem& item) {
  return std::visit(
      []<class T>(const T& value) -> std::string {
        if constexpr (std::is_same_v<T, Null>) {
          return "null";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return '"' + escaped(value, 32) + '"';
        } else {
          return fmt::format("{}", value);
        }
      },
      item);
}

Result<> store_item(const LiteralItem& item, Tensor& tensor, std::int64_t index) {
  const bool stored = element::visit_type(tensor.dtype, [&]<class T>(std::type_identity<T>) {
    const auto value = std::visit([](const auto& held) { return element_for<T>(held); }, item);
    if (value) element::store_at(tensor, index, *value);
    return value.has_value();
  });
  if (stored) return {};
  return fail(ErrorCode::Mismatch, fmt::format("{} is no {} value", item_text(item), dtype_name(tensor.dtype)));
}

}  // namespace ptetool
