// Operators that ExecuTorch knows and that have no kernel here yet: programs with them are described, verified and
// compared like all others, but cannot run. A row moves to its family's file when its kernel is written.
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr Operator kRows[] = {
    // Portable and optimised aten operators
    {"aten::allclose.Tensor(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False, "
     "bool dummy_param=False) -> Tensor"},
};

}  // namespace

std::span<const Operator> declared_operators() { return kRows; }

}  // namespace ptetool::ops
