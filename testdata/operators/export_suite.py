"""Cases found with the test suites of others (PyTorch's OpInfo, ExecuTorch's backend suite): python export_suite.py [family ...]
(see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import (A, ALL, FLOATS, INTS, PAIR, PRESERVED, REALS, Input, Row, export_family, plain, small)
from export_extras import preserve

F32 = FLOATS[:1]
SINGLES = F32 + [torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
MATRICES = SINGLES + COMPLEX

FAMILIES = {}

# --- Linear algebra. What has a free sign or phase is put together again.

preserve("linalg_cholesky_ex linalg_inv_ex _linalg_det _linalg_slogdet linalg_lu_factor_ex linalg_lu _linalg_solve_ex "
         "linalg_solve_triangular linalg_qr _linalg_eigh _linalg_svd cholesky cholesky_inverse cholesky_solve geqrf ormqr "
         "linalg_householder_product linalg_lu_solve lu_unpack linalg_eig linalg_eigvals linalg_matrix_exp triangular_solve "
         "linalg_pinv.atol_rtol_tensor linalg_ldl_factor_ex linalg_ldl_solve")
SQUARE, RIGHT = plain([2, 4, 4]), plain([2, 4, 3])


def definite(x):
    return x @ x.mH + 4 * torch.eye(x.shape[-1], dtype=x.dtype)


def hermitian(x):
    return x + x.mH


def singular_values(x, full):
    u, s, vh = A._linalg_svd(x, full)
    k = s.shape[-1]
    return s, (u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :], u.mH @ u, vh @ vh.mH


def eigenvalues(x):
    values, vectors = A.linalg_eig(x)
    c = x.to(values.dtype)
    return values.real.sort(dim=-1)[0], c @ vectors - vectors * values.unsqueeze(-2), torch.linalg.vector_norm(vectors, dim=-2)


def lu_solutions(x, b):
    lu, pivots, _ = A.linalg_lu_factor_ex(x)
    right = b.mH
    return (A.linalg_lu_solve(lu, pivots, b), A.linalg_lu_solve(lu, pivots, b, adjoint=True),
            A.linalg_lu_solve(lu, pivots, right, left=False) + 0,
            A.linalg_lu_solve(lu, pivots, right, left=False, adjoint=True) + 0,
            *A.lu_unpack(lu, pivots))


def reflections(x, c):
    a, tau = A.geqrf(x)
    right = c.mH
    return (a, tau, A.linalg_householder_product(a, tau), A.ormqr(a, tau, c), A.ormqr(a, tau, c, True, True),
            A.ormqr(a, tau, right, False), A.ormqr(a, tau, right, False, True))


FAMILIES["suite_linalg"] = [
    Row("complex_factors", lambda x: (*A.linalg_cholesky_ex(definite(x)), *A.linalg_cholesky_ex(definite(x), upper=True), *A.linalg_inv_ex(x),
                                      A._linalg_det(x)[0], *A._linalg_slogdet(x)[:2], *A.linalg_lu_factor_ex(x), *A.linalg_lu(x)), [SQUARE], COMPLEX),
    Row("complex_solve", lambda x, b: (A._linalg_solve_ex(x, b)[0], A._linalg_solve_ex(x, b.mT, left=False)[0] + 0,
                                       A.linalg_solve_triangular(definite(x), b, upper=True), A.linalg_solve_triangular(definite(x), b.mT, upper=False, left=False)),
        [SQUARE, RIGHT], COMPLEX),
    Row("solve_broadcast", lambda x, b, v: (A._linalg_solve_ex(x, b)[0], A._linalg_solve_ex(x[0], b)[0], A._linalg_solve_ex(x, b[0, 0])[0],
                                            A._linalg_solve_ex(x, v)[0], A.linalg_solve_triangular(x[0] + 9 * torch.eye(4), b, upper=True)),
        [SQUARE, plain([3, 1, 4, 3]), plain([4])], F32),
    Row("complex_qr", lambda x: (*A.linalg_qr(x), *A.linalg_qr(x, "complete"), A.linalg_qr(x, "r")[1]), [plain([2, 5, 3])], COMPLEX),
    Row("cholesky_older", lambda x, b: (A.cholesky(definite(x)), A.cholesky(definite(x), True), A.cholesky_inverse(A.cholesky(definite(x))),
                                        A.cholesky_inverse(A.cholesky(definite(x), True), True), A.cholesky_solve(b, A.cholesky(definite(x))),
                                        A.cholesky_solve(b[0], A.cholesky(definite(x), True), True)), [SQUARE, RIGHT], MATRICES),
    Row("lu_solve", lu_solutions, [SQUARE, RIGHT], MATRICES),
    Row("reflections", reflections, [plain([2, 5, 3]), plain([2, 5, 4])], MATRICES),
    Row("triangular_solve", lambda x, b: (*A.triangular_solve(b, definite(x)), *A.triangular_solve(b[0], definite(x), False, True, True)),
        [SQUARE, RIGHT], MATRICES),
    Row("hermitian_eigen", lambda x: (A._linalg_eigh(hermitian(x))[0], A._linalg_eigh(hermitian(x), "U", False)[0],
                                      (lambda w, v: (v * w.unsqueeze(-2)) @ v.mH)(*A._linalg_eigh(hermitian(x)))), [SQUARE], MATRICES),
    Row("svd", lambda x, y: (*singular_values(x, False), *singular_values(x, True), *singular_values(y, True)), [plain([2, 5, 3]), plain([3, 4])], MATRICES),
    Row("svd_rank", lambda x, y: singular_values(x @ y, True), [plain([4, 2]), plain([2, 4])], [torch.float64, torch.complex128]),
    Row("eigen", eigenvalues, [SQUARE], [torch.float64, torch.complex128]),
    Row("eigen_triangle", lambda x: A.linalg_eigvals(x.triu()).real.sort(dim=-1)[0], [plain([5, 5])], [torch.float64]),
    Row("matrix_exp", lambda x: (A.linalg_matrix_exp(x), A.linalg_matrix_exp(x / 8)), [SQUARE], MATRICES),
    Row("matrix_exp_empty", lambda x: A.linalg_matrix_exp(x), [plain([0, 3, 3])], F32),
]

# --- Embedding bags whose last offset does not say where the indices end.

preserve("_embedding_bag _embedding_bag_forward_only")


def bags(mode, padding=-1):
    def call(w, i, o):
        return (A._embedding_bag_forward_only(w, i, o, False, mode, False, None, True, padding)[0],
                A._embedding_bag(w, i, o, False, mode, False, None, True, padding)[0])
    return call


TABLE, PLACES = plain([9, 5]), Input([8], dtype=torch.int64, low=0, high=9)
FAMILIES["suite_bags"] = [
    Row(f"bag_end_{name}{suffix}", bags(mode, padding), [TABLE, PLACES, Input([2], dtype=torch.int64, low=0, high=1)], FLOATS)
    for mode, name in enumerate(("sum", "mean", "max")) for padding, suffix in ((-1, ""), (4, "_padding"))
]

# --- Orthogonal polynomials

POLYNOMIALS = [f"special_{name}" for name in (
    "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he "
    "laguerre_polynomial_l legendre_polynomial_p shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
    "shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w").split()]
preserve(" ".join(f"{name} {name}.x_scalar {name}.n_scalar" for name in POLYNOMIALS) + " special_airy_ai")


def polynomial(name):
    op = getattr(A, name)

    def call(x, n):
        y = (x / 8).clamp(-2, 2)
        ends = torch.tensor([-1.0, 0.0, 1.0, 0.5], dtype=x.dtype)
        return (op(y, n), op(ends.unsqueeze(1), n), *(op.n_scalar(y, k) for k in (0, 1, 2, 5, -1)), op.x_scalar(0.3125, n), op.x_scalar(1.5, n))
    return call


FAMILIES["suite_polynomials"] = [Row(name[8:], polynomial(name), [plain([21]), Input([21], dtype=torch.int64, low=-1, high=high)], dtypes)
                                 for name in POLYNOMIALS for high, dtypes in ((7, F32), (12, [torch.float64]))] + [
    Row("polynomial_of_integers", lambda x, n: (A.special_legendre_polynomial_p(x, n), A.special_hermite_polynomial_he(x, n)),
        [Input([9], low=-4, high=5), Input([9], low=0, high=6)], INTS),
    Row("airy", lambda x: (A.special_airy_ai(x), A.special_airy_ai(x * 0.3), A.special_airy_ai(x * 3), A.special_airy_ai(x * 0 + 1), A.special_airy_ai(x * 0 - 2.25)),
        [plain([60])], F32),
]

# --- What OpInfo's samples found

preserve("_int_mm native_batch_norm lift _conj_copy true_divide.Tensor max.other min.other logcumsumexp _logcumsumexp div.Tensor_mode ldexp.Tensor "
         "log1p expm1 log2 std_mean.correction var_mean.correction var.correction std.correction kthvalue median.dim nanmedian.dim clamp.Tensor "
         "clamp_min.Tensor clamp_max.Tensor exp2 _trilinear view_copy.dtype logit logaddexp logaddexp2 gelu")
HALVES = [torch.float16, torch.bfloat16]
TIES = Input([7, 40], low=0, high=9)
C64 = Input([24], dtype=torch.complex64)


def moments(x):
    return (*A.var_mean.correction(x, [1]), *A.std_mean.correction(x, [0, 1], correction=0, keepdim=True), A.var.correction(x, [0]), A.std.correction(x))


FAMILIES["suite_found"] = [
    Row("int_mm", lambda a, b: (A._int_mm(a, b), A._int_mm(b.t(), a.t())), [[5, 17], [17, 6]], [torch.int8]),
    Row("batch_norm_older", lambda x, w, b, m, v: (*A.native_batch_norm(x, w, b, m, v.abs() + 1, False, 0.1, 1e-5)[:1],
                                                   *A.native_batch_norm(x, w, b, None, None, True, 0.1, 1e-5)),
        [plain([3, 4, 5]), plain([4]), plain([4]), plain([4]), plain([4])], FLOATS),
    Row("lift", lambda x: A.lift(x), [[3, 5]], ALL),
    Row("conj_copy", lambda x: A._conj_copy(x), [C64], COMPLEX),
    Row("true_divide", lambda a, b: A.true_divide.Tensor(a, b), PAIR, REALS),
    Row("max_min_other", lambda a, b: (A.max.other(a, b), A.min.other(a, b)), PAIR, ALL),
    Row("complex_logcumsumexp", lambda x: (A.logcumsumexp(x, 0), A.logcumsumexp(x, 1)), [plain([5, 7])], COMPLEX),
    Row("div_trunc_half", lambda a, b: (A.div.Tensor_mode(a, b, rounding_mode="trunc"), A.div.Tensor_mode(a, b[0, 0], rounding_mode="trunc")),
        [[40, 20], [40, 20]], FLOATS),
    Row("ldexp", lambda a, b: (A.ldexp.Tensor(a, b), A.ldexp.Tensor(b, a)), [[23], Input([23], low=-9, high=9)], FLOATS + [torch.int32]),
    Row("ldexp_mixed", lambda a, b: (A.ldexp.Tensor(a, b), A.ldexp.Tensor(b, a)), [plain([23]), Input([23], dtype=torch.float16, special=False)], FLOATS),
    Row("complex_logarithms", lambda x: (A.log1p(x), A.log1p(x / 99), A.expm1(x / 8), A.expm1(x / 999), A.log2(x), A.log2(x * 0)), [plain([24])], COMPLEX),
    Row("complex_exp2", lambda x: A.exp2(x / 4), [plain([24])], COMPLEX),
    Row("bilinear", lambda a, w, b: A._trilinear(a, w, b, [1, 3], [0], [1, 2], [2, 3]), [plain([5, 4]), plain([3, 4, 6]), plain([5, 6])], SINGLES),
    Row("bilinear_whole", lambda a, w, b: (A._trilinear(a, w, b, [1, 3], [0], [1, 2], [2, 3]), A._trilinear(a, w, b, [1, 3], [0], [1, 2], [0, 3])),
        [small([5, 4]), small([3, 4, 6]), small([5, 6])], INTS),
    Row("pinv", lambda x: (A.linalg_pinv.atol_rtol_tensor(x), A.linalg_pinv.atol_rtol_tensor(x, rtol=torch.abs(x[:, 0, 0].real) * 0 + 0.5),
                           A.linalg_pinv.atol_rtol_tensor(x[:, :3] @ x[:, :3].mH, hermitian=True)), [plain([2, 5, 3])], MATRICES),
    Row("view_dtype", lambda x, y: (A.view_copy.dtype(x, torch.int32), A.view_copy.dtype(x, torch.uint8), A.view_copy.dtype(y, torch.float32)),
        [[3, 4], Input([3, 8], dtype=torch.int16)], F32),
    Row("kth_special", lambda x: tuple(v for k in (1, 2, 9, 10) for v in A.kthvalue(x, k)), [[7, 10]], FLOATS),
    Row("complex_moments", moments, [plain([5, 7])], COMPLEX),
    Row("kth_of_equal", lambda x: tuple(v for k in (1, 2, 17, 20, 39, 40) for v in A.kthvalue(x, k)) + A.kthvalue(x, 3, 0), [TIES], FLOATS + INTS),
    Row("median_of_equal", lambda x: (*A.median.dim(x, 1), *A.median.dim(x, 0), *A.nanmedian.dim(x, 1)), [TIES], FLOATS + INTS),
    Row("clamp_bool", lambda x, a, b: (A.clamp_min.Tensor(x, a), A.clamp_max.Tensor(x, b)), [[9], [9], [9]], [torch.bool]),
    Row("gelu_tails", lambda x: (A.gelu(x), A.gelu(x, approximate="tanh"), A.gelu(-x.abs() * 2), A.gelu(-x.abs(), approximate="tanh")), [plain([300])], FLOATS),
    Row("logit_middle", lambda x: (A.logit(x / 64 + 0.5), A.logit(x / 16 + 0.5, 0.25)), [plain([99])], FLOATS),
    Row("logaddexp_cancels", lambda a: (A.logaddexp(-a.abs() / 9, -a.abs() / 9 - 0.125), A.logaddexp2(-a.abs() / 9, -a.abs() / 9 - 0.125)), [[99]], FLOATS),
]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)
