// Reads any bytes as .npz; what is read must be what the archive can hold within the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/tensor/npz.h"
#include "ptetool/tensor/statistics.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 1 << 22;
  const auto arrays = ptetool::read_npz({data, size}, "fuzz.npz", kLimit);
  if (!arrays) return 0;
  std::uint64_t total = 0;
  for (const auto& named : *arrays) {
    total += named.array.tensor.nbytes();
    ptetool::statistics_of(named.array.tensor);
  }
  if (total > kLimit) std::abort();
  return 0;
}
