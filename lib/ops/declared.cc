// Operators that ExecuTorch knows and that have no kernel here yet: programs with them are described, verified and
// compared like all others, but cannot run. A row moves to its family's file when its kernel is written.
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr Operator kRows[] = {
    // Portable and optimised aten operators
    {"aten::_cdist_forward.out(Tensor x1, Tensor x2, float p, int? compute_mode, *, Tensor(a!) out) -> Tensor(a!)"},
    {"aten::_pdist_forward.out(Tensor self, float p=2., *, Tensor(a!) out) -> Tensor(a!)"},
    {"aten::rand.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)"},
    {"aten::randn.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)"},
    {"aten::_fft_r2c.out(Tensor self, int[] dim, int normalization, bool onesided, *, Tensor(a!) out) -> Tensor(a!)"},
    {"aten::_fft_c2r.out(Tensor self, int[] dim, int normalization, SymInt last_dim_size, *, Tensor(a!) out) -> "
     "Tensor(a!)"},
    {"aten::allclose.Tensor(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False, "
     "bool dummy_param=False) -> Tensor"},
};

}  // namespace

std::span<const Operator> declared_operators() { return kRows; }

}  // namespace ptetool::ops
