// Takes any text as the literal of an input; the first byte chooses the dtype of the tensor that its items go to.
//
// Parses without touching the file system: the literal parser and the elements it fills, not parse_input.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/tensor/statistics.h"
#include "tensor/literal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto dtypes = ptetool::all_dtypes();
  const ptetool::ScalarType dtype = dtypes[data[0] % dtypes.size()].type;
  const auto literal = ptetool::parse_literal(ptetool::as_text({data + 1, size - 1}));
  if (!literal) return 0;
  // The promise: as many items as the sizes say.
  const auto count = ptetool::checked_numel(literal->sizes.span());
  if (!count || static_cast<std::size_t>(*count) != literal->items.size()) std::abort();
  if (literal->is_list == literal->sizes.empty()) std::abort();
  auto owned = ptetool::allocate_tensor(dtype, literal->sizes);
  if (!owned) std::abort();
  for (std::int64_t i = 0; i < *count; ++i) {
    const auto& item = literal->items[static_cast<std::size_t>(i)];
    if (ptetool::item_text(item).empty()) std::abort();
    if (!ptetool::store_item(item, owned->tensor, i)) return 0;
    if (ptetool::element_text(owned->tensor, i).empty()) std::abort();
  }
  return 0;
}
