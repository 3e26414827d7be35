// The literals that may stand for an input: 3, 0.5, true, null, "text", [[1, 2], [3, inf]].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool {

// The most elements that one literal may have: beyond that a file is the better place.
inline constexpr std::size_t kMaxLiteralItems = std::size_t{1} << 20;

struct Null {};
// An integer is int64 where it fits, uint64 where only that fits, else a double.
using LiteralItem = std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string>;

// A single item, or a rectangular list of numbers and bools, flat in C order.
struct Literal {
  bool is_list = false;
  Sizes sizes;  // empty unless a list
  std::vector<LiteralItem> items;
};

// Parses the whole text. Numbers are decimal; nan, inf, infinity, true, false and null in any case; strings are JSON's.
// Errors: Usage, with the position of what is wrong ("rows of different lengths at character 9"), but without the text.
Result<Literal> parse_literal(std::string_view text, std::size_t max_items = kMaxLiteralItems);

// Are the characters around `text[at]` outside of strings and lists? The one scan that separators share: it steps over
// a whole string, list or object that begins at `at` and gives the position behind it (the end where it is not closed).
std::size_t skip_nested(std::string_view text, std::size_t at);

// The item as the user would write it, for messages.
std::string item_text(const LiteralItem& item);

// Item to element `index` (in memory order), exactly or rounded to the nearest float. Integers and bools take what they
// can hold and nothing else; a finite number never becomes infinite. Errors: Mismatch, without the name of the input.
Result<> store_item(const LiteralItem& item, Tensor& tensor, std::int64_t index);

}  // namespace ptetool
