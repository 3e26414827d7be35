// The sizes asked for have to be possible: the rank is fixed, static sizes are, and dynamic ones have an upper bound.
#include "runtime/input_shapes.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "ptetool/base/text.h"
#include "runtime/input_texts.h"

namespace ptetool {

namespace {

// "1,3,64,64"; nullopt for anything else.
std::optional<Sizes> parse_sizes(std::string_view text) {
  Sizes sizes;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (error != std::errc() || end != part.data() + part.size() || size < 0 || sizes.full()) return std::nullopt;
    sizes.push_back(size);
    if (comma == std::string_view::npos) return sizes;
    text.remove_prefix(comma + 1);
  }
}

// The sizes asked for have to be possible: those of the export, or within its bound where they are dynamic.
Result<> use_shape(InputExpectation& expected, const Sizes& sizes) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::Mismatch, "cannot have the shape " + shape_text(sizes.span()) + ": " + std::string(why) +
                                         shape_text(expected.sizes.span()));
  };
  if (expected.kind != InputExpectation::Kind::Tensor) return fail(ErrorCode::Usage, "is no tensor and has no shape");
  if (sizes.size() != expected.sizes.size()) return refuse("the rank is fixed; the program says ");
  if (!expected.dynamic && sizes != expected.sizes) return refuse("the program fixes it to ");
  const auto count = checked_numel(sizes.span());
  if (!count || *count > numel(expected.sizes.span())) return refuse("that is more than the program's upper bound ");
  expected.sizes = sizes;
  expected.dynamic = false;
  return {};
}

}  // namespace

Result<> use_shapes(std::vector<InputExpectation>& expected, const Method& method,
                    std::span<const std::string> shapes) {
  for (const std::string& text : shapes) {
    const auto equals = text.rfind('=');
    const auto sizes = parse_sizes(equals == std::string::npos ? text : text.substr(equals + 1));
    if (!sizes) return fail(ErrorCode::Usage, "--shape takes NAME=1,3,64,64 or INDEX=…, not " + quoted(text));
    std::optional<std::size_t> target;
    if (equals != std::string::npos) {
      PTETOOL_ASSIGN(target, find_input(method, text.substr(0, equals)));
      if (!target) {
        return fail(ErrorCode::Usage, "method " + quoted(method.name()) + " has no input " +
                                          quoted(text.substr(0, equals)) + ", for which --shape gives sizes");
      }
    } else {
      const auto is_tensor = [](const InputExpectation& e) { return e.kind == InputExpectation::Kind::Tensor; };
      if (std::ranges::count_if(expected, is_tensor) != 1) {
        return fail(ErrorCode::Usage, "--shape " + text + " does not say of which input; write INDEX=" + text);
      }
      target = static_cast<std::size_t>(std::ranges::find_if(expected, is_tensor) - expected.begin());
    }
    if (auto used = use_shape(expected[*target], *sizes); !used) return about_input(*target, std::move(used).error());
  }
  return {};
}

}  // namespace ptetool
