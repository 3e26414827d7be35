"""Operators that few programs name: other names of convolutions and copies, derivatives of gated units, indices of sparse
matrices, gradients of samples, more lists of tensors: python export_rare.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch
from torch.utils import _pytree as pytree

from export_operators import A, FLOATS, SHORT, Input, Row, export_family, make, plain, seed_of
from export_extras import preserve
from written_calls import call_of, write_bundle

F32 = FLOATS[:1]
SINGLES = F32 + [torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
MOVED = F32 + [torch.int8]  # where elements only move
FAMILIES = {}

preserve("_slow_conv2d_backward.output_mask glu_jvp glu_backward_jvp")


# --- Derivatives of gated units

FAMILIES["rare_inner"] = [
    Row("glu_jvp", lambda x, dx: (A.glu_jvp(A.glu(x, 1), x, dx, 1), A.glu_jvp(A.glu(x, -1), x, dx, -1)), [plain([2, 4, 6])] * 2, SINGLES),
    Row("glu_backward_jvp", lambda g, x, dg, dx: A.glu_backward_jvp(A.glu_backward(g, x, 1), g, x, dg, dx, 1), [plain([2, 2, 3]), plain([2, 4, 3]), plain([2, 2, 3]), plain([2, 4, 3])], SINGLES),
    Row("split_projection", lambda x, b: A._transform_bias_rescale_qkv(x, b, 2), [plain([2, 3, 24]), plain([24])], SINGLES),
    Row("combination", lambda x, c: (A._compute_linear_combination(x, c), A._compute_linear_combination(x[:, 0, 0], c)), [plain([4, 3, 5]), plain([2, 4])], SINGLES),
    Row("combination_complex", lambda x, c: A._compute_linear_combination(x, c), [plain([4, 3, 5]), Input([2, 4], dtype=torch.float32, special=False)], [torch.complex64]),
    Row("logaddexp", torch.logaddexp, [plain([4, 5])] * 2, [torch.complex64, torch.complex128]),
    Row("set_source", lambda x, y: A.set.source_Tensor(x, y), [[2, 3], [4, 2]], F32),
]

# --- Indices of sparse matrices


def coordinates(begins, columns, batched_begins, batched_columns):
    return tuple(A._convert_indices_from_csr_to_coo(b, c, out_int32=short, transpose=transposed)
                 for b, c in ((begins, columns), (batched_begins, batched_columns)) for short in (False, True) for transposed in (False, True))


def begins_of(rows):
    rows = rows.sort().values
    return (A._convert_indices_from_coo_to_csr(rows, 9), A._convert_indices_from_coo_to_csr(rows, 12, out_int32=True),
            A._convert_indices_from_coo_to_csr(rows[:0], 3), A._convert_indices_from_coo_to_csr(rows[:0], 0))


def csr(c, d):
    begins = torch.tensor([0, 2, 2, 5, 7], dtype=c.dtype)
    return coordinates(begins, c, torch.stack([begins, begins.flip(0).neg() + 7, begins])[:, None], d)


FAMILIES["rare_inner"] += [
    Row("csr", begins_of, [Input([11], low=0, high=9)], [torch.int32, torch.int64]),
    Row("coo", csr, [Input([7], low=0, high=6), Input([3, 1, 7], low=0, high=6)], [torch.int32, torch.int64]),
]

FAMILIES["rare_inner"] += [
    Row("slow2d_backward", lambda g, x, w: A._slow_conv2d_backward(g, x, w, [3, 2], [1, 2], [1, 0], [True, True, True]),
        [plain([1, 2, 4, 3]), plain([1, 3, 4, 6]), plain([2, 3, 3, 2])], SINGLES),
    Row("more_lists", lambda a, b: tuple(A._foreach_zero([a, b]) + A._foreach_powsum.Scalar([a, b]) + A._foreach_powsum.Scalar([a, b], 1)
                                         + A._foreach_powsum.Scalar([a, b], 3, dtype=torch.float64)), [plain([3, 4]), plain([5])], SINGLES),
]

# --- Gradients of samples: PyTorch's approximations have three to four digits.


def sample(a, x):
    return A._standard_gamma_grad(a.abs() + 0.05, x.abs() + 0.01), A._standard_gamma_grad(a.abs() + 0.05, (a.abs() + 0.05) * (1 + x.sign() * 0.2))


def shares(x, a, b):
    a, b = a.abs() + 0.1, b.abs() + 0.1
    return A._dirichlet_grad(x.sigmoid(), a, a + b), A._dirichlet_grad(a / (a + b), a, a + b)


FAMILIES["rare_samples"] = [
    Row("gamma", sample, [plain([6, 5])] * 2, SINGLES),
    Row("dirichlet", shares, [plain([6, 5])] * 3, SINGLES),
]


# --- What the exporter does not write: convolutions as PyTorch calls them inside of its own, copies that it has other names
# for, factors of determinants, numbers for each of a list.


def calls(name, op, *args, dtypes=SINGLES, **more):
    """The call with these arguments for each dtype, where an Input is a tensor."""
    for dtype in dtypes:
        generator = seed_of(f"{name}_{SHORT[dtype]}")
        given = pytree.tree_map(lambda a: make(a, dtype, generator) if isinstance(a, Input) else a, args)
        yield call_of(f"{name}_{SHORT[dtype]}", op, given, more)


def exact(*shape):
    return Input(list(shape), exact=True, special=False)


X2, W2, X3, W3, B = exact(2, 3, 6, 7), exact(4, 3, 3, 2), exact(1, 2, 4, 4, 5), exact(2, 2, 2, 3, 2), exact(4)
LISTS = [[plain([3, 4]), plain([5])]] * 3


def known_paths(log_probs, targets, steps, lengths):
    """The losses, and log_alpha with 0 where eager leaves any number."""
    losses, alpha = A._ctc_loss(log_probs, targets, steps, lengths)
    for i, (step, length) in enumerate(zip(steps, lengths)):
        alpha[i, step:] = 0
        alpha[i, :, 2 * length + 1:] = 0
    return losses, alpha


def losses():
    """Of sequences, and of classes that are to be ahead by a margin."""
    labels = torch.tensor([[1, 1, 3], [2, 3, 2]])
    yield from calls("ctc", A._ctc_loss.default, plain([7, 2, 4]), labels, [7, 7], [3, 3])
    yield from calls("ctc_in_a_row", A._ctc_loss.default, plain([4, 2, 4]), torch.tensor([3, 1, 0, 3], dtype=torch.int32), [4, 4], [2, 2], 2, True, dtypes=F32)
    yield from calls("ctc_impossible", A._ctc_loss.default, plain([3, 2, 4]), labels, [3, 3], [3, 3], 0, True, dtypes=F32)
    for dtype in F32:
        log_probs = make(plain([6, 3, 4]), dtype, seed_of(f"ctc_backward_{SHORT[dtype]}")).log_softmax(-1)
        table = torch.cat([labels, labels[:1]])
        for name, steps, lengths, zero in (("", [6, 5, 0], [3, 2, 0], False), ("_impossible", [3, 6, 1], [3, 1, 2], True), ("_nan", [3, 6, 1], [3, 1, 2], False)):
            loss, alpha = known_paths(log_probs, table, steps, lengths)
            yield call_of(f"ctc_backward{name}_{SHORT[dtype]}", A._ctc_loss_backward.default,
                          (torch.arange(1, 4).to(dtype), log_probs, table, steps, lengths, loss, alpha, 0, zero), {})
    rights = torch.tensor([[1, 2, -1, 0], [0, -1, 1, 2], [3, 1, 0, 2]])
    for reduction in range(3):
        yield from calls(f"margin_{reduction}", A.multi_margin_loss.default, plain([3, 4]), torch.tensor([2, 0, 3]), reduction % 2 + 1, 0.75,
                         plain([4]) if reduction else None, reduction, dtypes=SINGLES if reduction else F32)
        yield from calls(f"margins_{reduction}", A.multilabel_margin_loss_forward.default, plain([3, 4]), rights, reduction, dtypes=SINGLES if reduction else F32)
    yield from calls("margin_single", A.multi_margin_loss.default, plain([4]), torch.tensor([2]), 1, 1, None, 0, dtypes=F32)
    yield from calls("margins_single", A.multilabel_margin_loss_forward.default, plain([4]), rights[0], 0, dtypes=F32)


def least_squares():
    for name, a, b, driver in (("", [5, 3], [5, 2], None), ("_wide", [2, 3, 5], [2, 3, 1], "gelsd"), ("_vectors", [2, 5, 3], [2, 5], "gels"),
                               ("_left", [2, 1, 4, 2], [1, 2, 4, 3], "gelss")):
        yield from calls(f"lstsq{name}", A.linalg_lstsq.default, plain(a), plain(b), dtypes=[torch.float32, torch.complex128] if driver else COMPLEX + SINGLES, driver=driver)
    halves = torch.tensor([[1.0, 2, 1], [2, 4, 2], [0, 1, 1], [1, 1, 0]], dtype=torch.float64)
    yield call_of("lstsq_dependent_f64", A.linalg_lstsq.default, (halves, torch.arange(8.0, dtype=torch.float64).view(4, 2)), {"driver": "gelsd"})
    yield call_of("lstsq_rcond_f64", A.linalg_lstsq.default, (halves, torch.arange(4.0, dtype=torch.float64), 0.5), {"driver": "gelss"})


def overflows():
    """Where a step of a recurrence or a factor of a correction has no number."""
    for dtype in SINGLES:
        orders = torch.tensor([[1.5], [20], [1e10], [1e30], [float("inf")], [float("nan")]], dtype=dtype)
        yield call_of(f"zeta_large_{SHORT[dtype]}", A.special_zeta.default, (orders, torch.tensor([0.5, 1, 2, 12, 1e20, -3.5], dtype=dtype)), {})
        xs = torch.tensor([1.5, -3, 40, 1e10, -1e30, 1e200, float("inf")], dtype=dtype)
        for name in "chebyshev_polynomial_t chebyshev_polynomial_u hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p shifted_chebyshev_polynomial_v".split():
            op = getattr(A, f"special_{name}").default
            yield call_of(f"{name}_large_{SHORT[dtype]}", op, (xs, torch.tensor([[1], [2], [3], [4], [20], [90]], dtype=dtype)), {})
    yield call_of("laguerre_whole", A.special_laguerre_polynomial_l.default, (torch.tensor([-2, -5, -9]), torch.tensor([[9], [100], [100000]])), {})


def aliases():
    """Other names, with what they are given: once each, for what they do is tested by the names that they stand for."""
    one, two = Input([3, 4], low=1, high=9), Input([4], low=1, high=9)
    for name in "absolute arccosh arcsinh arctan fix negative special_digamma special_erf special_erfc special_exp2 special_expit special_expm1 " \
                "special_gammaln special_i0 special_log1p special_logit special_psi special_round special_sinc".split():
        yield name, one
    for name in ("arccos", "arcsin", "arctanh", "special_erfinv"):
        yield name, Input([3, 4], low=0, high=1)
    for name in ("arctan2", "divide", "greater.Tensor", "greater_equal.Tensor", "less.Tensor", "less_equal.Tensor", "multiply.Tensor", "not_equal.Tensor",
                 "subtract.Tensor", "special_gammainc", "special_gammaincc", "special_xlogy"):
        yield name, one, two
    for name in ("greater.Scalar", "greater_equal.Scalar", "less.Scalar", "less_equal.Scalar", "not_equal.Scalar", "special_xlogy.other_scalar"):
        yield name, one, 4
    yield "special_xlogy.self_scalar", 4, one
    yield "clip", one, 2, 7
    yield "clip.Tensor", one, two, None
    yield "concat", [one, one], 1
    yield "concatenate", [one, one], 0
    yield "linalg_matmul", one, two
    yield "orgqr", exact(4, 3), exact(3)
    yield "special_logsumexp", one, [1], True
    yield "special_multigammaln", one, 2
    yield "special_polygamma", 2, one


def written():
    for name, *given in aliases():
        packet, _, overload = name.partition(".")
        operators = getattr(A, packet)
        op = getattr(operators, overload or ("default" if "default" in operators.overloads() else "Tensor"))
        yield from calls(name.replace(".", "_"), op, *given, dtypes=F32)
    yield from calls("divide_mode", A.divide.Tensor_mode, exact(3, 4), Input([4], low=1, high=9), dtypes=F32, rounding_mode="floor")
    yield from losses()
    yield from least_squares()
    large = torch.tensor([1e2, 3e3, 1.1e4, 5e6, 1e10, 1e16, 1e30, 5e6, 5e6, 2e4, 1e300], dtype=torch.float64)
    beside = large * torch.tensor([1, 1, 1, 1, 1, 1, 1, 1.0002, 0.9998, 1.2, 1], dtype=torch.float64)
    yield call_of("igamma_large_f64", A.igamma.default, (large, beside), {})
    yield call_of("igammac_large_f64", A.igammac.default, (large, beside), {})
    yield from overflows()
    samples = (torch.arange(18) % 7 / 8).view(3, 2, 3)
    yield from calls("fractional_more_samples", A.fractional_max_pool3d.default, plain([2, 5, 6, 7]), [2, 2, 3], [2, 3, 3], samples, dtypes=F32)
    yield from calls("bag_offsets", A._embedding_bag_per_sample_weights_backward.default, plain([3, 2]), plain([4, 2]), torch.tensor([3, 0, 1, 1, 2]),
                     torch.tensor([0, 2, 2, 5]), torch.tensor([], dtype=torch.int64), 0, 1, dtypes=F32)
    yield from calls("cdist_no_pairs", A._cdist_backward.default, plain([0, 4, 3]), plain([4, 5]), plain([0, 3, 5]), 2.0, plain([0, 4, 3]), dtypes=F32)
    yield from calls("euclid", A._euclidean_dist.default, plain([2, 1, 3, 4]), plain([3, 5, 4]), dtypes=FLOATS[:2])
    yield from calls("bicubic", A.upsample_bicubic2d.default, plain([2, 3, 4, 5]), [3, 4], True, dtypes=F32)
    yield from calls("slow2d", A._slow_conv2d_forward.default, X2, W2, [3, 2], B, [1, 2], [1, 0])
    yield from calls("slow2d_no_bias", A._slow_conv2d_forward.default, X2, W2, [3, 2], None, [2, 1], [0, 1])
    yield from calls("dilated2d", A.slow_conv_dilated2d.default, X2, W2, [3, 2], B, [1, 1], [2, 1], [2, 3])
    yield from calls("transposed2d", A.slow_conv_transpose2d.default, exact(1, 3, 4, 5), exact(3, 2, 3, 2), [3, 2], exact(2), [2, 1], [1, 0], [1, 0], [1, 1])
    yield from calls("transposed2d_dilated", A.slow_conv_transpose2d.default, exact(1, 3, 4, 5), exact(3, 2, 3, 2), [3, 2], None, [1, 2], [0, 0], [0, 1], [2, 1])
    yield from calls("slow3d", A.slow_conv3d_forward.default, X3, W3, [2, 3, 2], exact(2), [1, 2, 1], [0, 1, 1])
    yield from calls("dilated3d", A.slow_conv_dilated3d.default, X3, W3, [2, 3, 2], exact(2), [1, 1, 1], [1, 1, 0], [2, 1, 1])
    yield from calls("transposed3d", A.slow_conv_transpose3d.default, exact(1, 2, 2, 3, 3), W3, [2, 3, 2], exact(2), [2, 1, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1])
    for name, op in (("silu", A.silu), ("sigmoid", A.sigmoid), ("tanh", A.tanh)):
        yield from calls(name, op.default, plain([3, 4]), dtypes=COMPLEX)
        yield from calls(f"{name}_backward", getattr(A, f"{name}_backward").default, plain([3, 4]), plain([3, 4]), dtypes=COMPLEX)
    for size, step in ((1, 1), (3, 2), (2, 3)):
        yield from calls(f"unfold_backward_{size}_{step}", A.unfold_backward.default, exact(2, (7 - size) // step + 1, 3, size), [2, 7, 3], -2, size, step,
                         dtypes=F32 + [torch.bfloat16, torch.int32, torch.complex64] if size == 3 else F32)
    yield from calls("unfold_backward_bare", A.unfold_backward.default, exact(1), [], 0, 1, 2, dtypes=F32)
    yield from calls("chunk_cat", A._chunk_cat.default, [plain([5, 2]), plain([3, 1]), plain([4])], 0, 2, dtypes=F32 + [torch.complex64, torch.bool])
    yield from calls("chunk_cat_inner", A._chunk_cat.default, [plain([2, 3, 4]), plain([2, 5])], 1, 3, dtypes=[torch.int16])
    yield from calls("dropout_backward", A.native_dropout_backward.default, plain([3, 4]), Input([3, 4], dtype=torch.bool), 1.5,
                     dtypes=[torch.int16, torch.bool, torch.complex64])
    yield from calls("vdot", A.vdot.default, plain([5]), plain([5]), dtypes=COMPLEX)
    yield from calls("det", A._linalg_det.default, plain([2, 4, 4]), dtypes=SINGLES + COMPLEX)
    yield from calls("slogdet", A._linalg_slogdet.default, plain([2, 4, 4]), dtypes=SINGLES + COMPLEX)
    yield from calls("squeeze", A.squeeze_copy.default, plain([1, 3, 1, 2]), dtypes=MOVED)
    yield from calls("unsafe_view", A._unsafe_view.default, plain([4, 6]), [3, -1], dtypes=MOVED)
    yield from calls("unsafe_split", A.unsafe_split.Tensor, plain([3, 5]), 2, -1, dtypes=MOVED)
    yield from calls("unsafe_split_sizes", A.unsafe_split_with_sizes.default, plain([3, 5]), [1, 0, 4], 1, dtypes=MOVED)
    for turns in (-1, 0, 1, 2, 7):
        yield from calls(f"rot90_{turns}", A.rot90.default, plain([2, 3, 4]), turns, [2, 0], dtypes=MOVED)
    yield from calls("block_diag", A.block_diag.default, [plain([2, 3]), plain([]), plain([2]), plain([1, 1])], dtypes=MOVED + [torch.complex64])
    yield from calls("lists_addcmul", A._foreach_addcmul.Tensor, *LISTS, plain([2]))
    yield from calls("lists_addcdiv", A._foreach_addcdiv.Tensor, *LISTS, Input([2], dtype=torch.int64, low=-4, high=9))


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or [*FAMILIES, "rare_written"]:
        if family == "rare_written":
            write_bundle(folder / "rare_written.bpte", sorted(written(), key=lambda call: call[0].name))
        else:
            export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()
