// Takes any text as a JSON file of inputs: an object whose values are literals, or one literal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/base/bytes.h"
#include "tensor/json_object.h"
#include "tensor/literal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxItems = 4096;
  const std::string_view text = ptetool::as_text({data, size});
  const auto read = [](std::string_view value) {
    const auto literal = ptetool::parse_literal(value, kMaxItems);
    if (!literal) return;
    const auto count = ptetool::checked_numel(literal->sizes.span());
    if (!count || static_cast<std::size_t>(*count) != literal->items.size()) std::abort();
    if (literal->items.size() > kMaxItems) std::abort();
  };
  if (!ptetool::trimmed(text).starts_with('{')) {
    read(text);
    return 0;
  }
  const auto members = ptetool::split_json_object(text, "fuzz.json");
  if (!members) return 0;
  for (const auto& member : *members) read(member.value);
  return 0;
}
