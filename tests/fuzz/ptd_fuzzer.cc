// Reads data files of both layouts and touches every key, layout, segment and entry.
#include <cstddef>
#include <cstdint>

#include "fuzz/touch.h"
#include "ptetool/base/file.h"
#include "ptetool/format/ptd.h"

using namespace ptetool;
using namespace ptetool::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = ptd::read_ptd(File::from_bytes("input.ptd", ByteView(data, size)));
  if (!file) return 0;
  for (std::size_t i = 0; i < file->segments.size(); ++i) {
    if (const auto bytes = file->segment_bytes(i)) touch(*bytes);
  }
  for (const ptd::Entry& entry : file->entries) {
    touch(entry.key);
    if (entry.tensor_layout) {
      touch(entry.tensor_layout->sizes);
      touch(entry.tensor_layout->dim_order);
      if (const auto nbytes = ptd::layout_nbytes(*entry.tensor_layout)) sink = sink + *nbytes;
    }
    if (const auto bytes = file->entry_bytes(entry)) {
      touch(*bytes);
      sink = sink + file->offset_of(*bytes);
    }
  }
  return 0;
}
