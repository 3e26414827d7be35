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


def calls(name, op, *args, dtypes=SINGLES):
    """The call with these arguments for each dtype, where an Input is a tensor."""
    for dtype in dtypes:
        generator = seed_of(f"{name}_{SHORT[dtype]}")
        given = pytree.tree_map(lambda a: make(a, dtype, generator) if isinstance(a, Input) else a, args)
        yield call_of(f"{name}_{SHORT[dtype]}", op, given, {})


def exact(*shape):
    return Input(list(shape), exact=True, special=False)


X2, W2, X3, W3, B = exact(2, 3, 6, 7), exact(4, 3, 3, 2), exact(1, 2, 4, 4, 5), exact(2, 2, 2, 3, 2), exact(4)
LISTS = [[plain([3, 4]), plain([5])]] * 3


def written():
    yield from calls("slow2d", A._slow_conv2d_forward.default, X2, W2, [3, 2], B, [1, 2], [1, 0])
    yield from calls("slow2d_no_bias", A._slow_conv2d_forward.default, X2, W2, [3, 2], None, [2, 1], [0, 1])
    yield from calls("dilated2d", A.slow_conv_dilated2d.default, X2, W2, [3, 2], B, [1, 1], [2, 1], [2, 3])
    yield from calls("transposed2d", A.slow_conv_transpose2d.default, exact(1, 3, 4, 5), exact(3, 2, 3, 2), [3, 2], exact(2), [2, 1], [1, 0], [1, 0], [1, 1])
    yield from calls("transposed2d_dilated", A.slow_conv_transpose2d.default, exact(1, 3, 4, 5), exact(3, 2, 3, 2), [3, 2], None, [1, 2], [0, 0], [0, 1], [2, 1])
    yield from calls("slow3d", A.slow_conv3d_forward.default, X3, W3, [2, 3, 2], exact(2), [1, 2, 1], [0, 1, 1])
    yield from calls("dilated3d", A.slow_conv_dilated3d.default, X3, W3, [2, 3, 2], exact(2), [1, 1, 1], [1, 1, 0], [2, 1, 1])
    yield from calls("transposed3d", A.slow_conv_transpose3d.default, exact(1, 2, 2, 3, 3), W3, [2, 3, 2], exact(2), [2, 1, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1])
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
