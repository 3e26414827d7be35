// Reads any bytes as .npy; what is read must survive being written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/tensor/npy.h"
#include "ptetool/tensor/statistics.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = ptetool::read_npy({data, size}, "fuzz.npy");
  if (!first) return 0;
  const ptetool::Tensor& tensor = first->tensor;
  ptetool::statistics_of(tensor);
  if (tensor.numel() > 0) ptetool::element_text(tensor, tensor.numel() - 1);
  const auto written = ptetool::write_npy(tensor);
  if (!written) std::abort();
  const auto second = ptetool::read_npy(*written, "again.npy");
  if (!second) std::abort();
  const ptetool::Tensor& again = second->tensor;
  const ptetool::ByteView a = tensor.bytes();
  const ptetool::ByteView b = again.bytes();
  const bool same =
      tensor.dtype == again.dtype && tensor.sizes == again.sizes && std::equal(a.begin(), a.end(), b.begin(), b.end());
  if (!same) std::abort();
  return 0;
}
