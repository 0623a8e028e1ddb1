"""Status and norm of every kind of gradient, against float64 oracles that look at each element."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradaudit
from gradaudit.events import STATUS_NAMES
from gradaudit.probes.measure import GradientMeter, all_finite, has_nonzero
from gradaudit.probes.plans import SMALL, SMALLEST_GROUP

TOLERANCE = {torch.float16: 1e-3, torch.bfloat16: 1e-3, torch.float64: 1e-12,
             torch.complex128: 1e-12}  # fmt: skip
FLOAT8 = [
    getattr(torch, name)
    for name in ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz")
    if hasattr(torch, name)
]
REAL = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
SIZES = [1, 3, 64, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL]
COUNTS = [1, SMALLEST_GROUP - 1, SMALLEST_GROUP, SMALLEST_GROUP + 1, 9]


def truth(grad: Tensor | None) -> tuple[str, float]:
    """Of a dense tensor that holds the numbers: each looked at in double precision."""
    if grad is None:
        return "none", math.nan
    if grad.numel() == 0:
        return "skipped", 0.0
    dense = grad.detach()
    if dense.is_complex():
        dense = torch.view_as_real(dense.resolve_conj())
    values = dense.to(torch.float64).reshape(-1).tolist()
    if any(math.isnan(v) for v in values):
        return "nan", math.nan
    if any(math.isinf(v) for v in values):
        return "inf", math.inf
    largest = max(map(abs, values))
    if largest == 0:
        return "zero", 0.0
    return "ok", largest * math.sqrt(math.fsum((v / largest) ** 2 for v in values))


def agree(said: list[tuple[str, float]], true: list[tuple[str, float]], tolerance: float) -> None:
    """Statuses are equal and norms within the tolerance, NaN where there is no number."""
    assert [s for s, _ in said] == [s for s, _ in true]
    np.testing.assert_allclose([n for _, n in said], [n for _, n in true], rtol=tolerance)


def measured(gradients: list[Tensor | None], meter: GradientMeter | None = None) -> Any:
    status, norm = (meter or GradientMeter()).measure(gradients)
    assert norm.dtype == np.float64
    return [(STATUS_NAMES[s], n) for s, n in zip(status.tolist(), norm.tolist(), strict=True)]


def check(gradients: list[Tensor | None], dense: list[Tensor | None] | None = None) -> None:
    dtypes = {g.dtype for g in gradients if g is not None}
    tolerance = max((TOLERANCE.get(d, 1e-5) for d in dtypes), default=0)
    agree(measured(gradients), [truth(g) for g in dense or gradients], tolerance)


def numbers(shape: tuple[int, ...] | int, dtype: torch.dtype, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (shape,) if isinstance(shape, int) else shape
    if dtype.is_complex:
        return torch.randn(shape, dtype=dtype, generator=generator)
    return torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)


@pytest.mark.parametrize("dtype", [*REAL, *COMPLEX, *FLOAT8], ids=str)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", COUNTS)
def test_a_group_of_equal_tensors(dtype: torch.dtype, size: int, count: int) -> None:
    """Whatever way a group of this size and number is read, each norm is right."""
    check([numbers(size, dtype, seed) for seed in range(count)])


@pytest.mark.parametrize("count", [1, SMALLEST_GROUP])
@pytest.mark.parametrize("size", [5, SMALL + 1])
@pytest.mark.parametrize("dtype", [*REAL, *COMPLEX, *FLOAT8], ids=str)
def test_every_status_of_a_dtype(dtype: torch.dtype, size: int, count: int) -> None:
    """NaN, Inf of either sign, NaN beside Inf, zero and minus zero in one list."""

    def filled(*values: float) -> Tensor:
        tensor = numbers(size, torch.float64)
        tensor[: len(values)] = torch.tensor(values, dtype=torch.float64)
        return tensor.to(dtype)

    kinds = [filled(1.0), filled(math.nan), filled(math.inf), filled(-math.inf),
             filled(math.inf, math.nan), torch.zeros(size).to(dtype),
             (-torch.zeros(size)).to(dtype)]  # fmt: skip
    check([kind.clone() for kind in kinds for _ in range(count)])


@pytest.mark.parametrize("dtype", COMPLEX)
@pytest.mark.parametrize(
    ("value", "status"),
    [(complex(0, math.nan), "nan"), (complex(0, math.inf), "inf"), (complex(0, 2), "ok"),
     (complex(-0.0, -0.0), "zero"), (complex(math.inf, math.nan), "nan")],
)  # fmt: skip
def test_the_imaginary_part_counts(dtype: torch.dtype, value: complex, status: str) -> None:
    """A complex gradient is judged by both its parts, also when it is a lazy conjugate."""
    tensor = torch.full((4,), value, dtype=dtype)
    assert [s for s, _ in measured([tensor, tensor.conj()])] == [status, status]


def test_float8_e8m0_has_no_zero_and_is_read() -> None:
    """Powers of two only: the norm is theirs."""
    dtype = getattr(torch, "float8_e8m0fnu", None)
    if dtype is None:
        pytest.skip("this torch has no float8_e8m0fnu")
    check([torch.tensor([1.0, 2.0, 4.0]).to(dtype)])


EXTREME = [
    (torch.float16, 6e4),
    (torch.float16, 6e-8),
    (torch.bfloat16, 3e38),
    (torch.bfloat16, 1e-38),
    (torch.bfloat16, 1e-40),
    (torch.float32, 3e38),
    (torch.float32, 1e-23),
    (torch.float32, 1e-30),
    (torch.float32, 1e-40),
    (torch.float32, 1.4e-45),
    (torch.float64, 1e308),
    (torch.float64, 1e-200),
    (torch.float64, 1e-310),
    (torch.float64, 5e-324),
]


@pytest.mark.parametrize("count", [1, SMALLEST_GROUP])
@pytest.mark.parametrize("size", [1, 4, SMALL + 1])
@pytest.mark.parametrize(("dtype", "value"), EXTREME)
def test_a_norm_that_overflows_or_underflows_is_still_right(
    dtype: torch.dtype, value: float, size: int, count: int
) -> None:
    """Finite and not zero is "ok" with its true norm, however large or small the numbers are."""
    if value * math.sqrt(size) > 1.7e308:
        size = 1
    grad = torch.full((size,), value, dtype=dtype)
    assert truth(grad)[0] == "ok"
    check([grad.clone() for _ in range(count)])


@pytest.mark.parametrize("value", [1e-21, 3e-21, 1e-22, 4e-23])
@pytest.mark.parametrize("count", [1, SMALLEST_GROUP])
def test_a_norm_whose_squares_are_denormal_is_still_right(value: float, count: int) -> None:
    """Between fine and underflow the squares lose digits: the norm must not."""
    check([torch.full((4,), value) for _ in range(count)])


def test_a_tiny_and_a_huge_number_in_one_tensor() -> None:
    """The huge one is the norm, and nothing overflows."""
    check([torch.tensor([1e-38, 3e38, -3e38]), torch.tensor([1e-300, 1e300], dtype=torch.float64)])


# ---------------------------------------------------------------------------- layouts


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64])
def test_coo_with_duplicate_indices(dtype: torch.dtype) -> None:
    """Duplicates are summed first, as the optimizer will see them; also when they cancel out."""
    index = torch.tensor([[0, 2, 0, 4]])
    summed = torch.sparse_coo_tensor(index, torch.tensor([1, 2, 3, 4], dtype=dtype), (6,))
    gone = torch.sparse_coo_tensor(index[:, [0, 2]], torch.tensor([1, -1], dtype=dtype), (6,))
    check([summed, gone], [summed.to_dense(), gone.to_dense()])
    assert not summed.is_coalesced()


def test_coo_without_any_element_is_zero() -> None:
    """A sparse gradient that touched no row is zero everywhere; it is no empty parameter."""
    grad = torch.sparse_coo_tensor(torch.zeros(1, 0, dtype=torch.long), torch.zeros(0, 3), (5, 3))
    check([grad], [grad.to_dense()])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.0])
def test_coo_hybrid_with_bad_values(bad: float) -> None:
    """Rows of an embedding's sparse gradient are looked at element by element."""
    grad = torch.sparse_coo_tensor(torch.tensor([[1, 3]]), torch.full((2, 3), bad), (5, 3))
    check([grad], [grad.to_dense()])


@pytest.mark.parametrize("name", ["to_sparse_csr", "to_sparse_csc", "to_sparse_bsr",
                                  "to_sparse_bsc"])  # fmt: skip
def test_compressed_layouts(name: str) -> None:
    """CSR, CSC, BSR and BSC: the norm of the dense tensor."""
    dense = torch.tensor([[0.0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 0], [0, 4, 5, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = {"blocksize": (2, 2)} if "_bs" in name else {}
        check([getattr(dense, name)(**blocks)], [dense])


@pytest.mark.parametrize("name", ["to_sparse_csr", "to_sparse_csc", "to_sparse_bsr",
                                  "to_sparse_bsc"])  # fmt: skip
def test_compressed_layouts_without_any_element_are_zero(name: str) -> None:
    """Nothing stored is zero everywhere; the parameter itself is not empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = {"blocksize": (2, 2)} if "_bs" in name else {}
        check([getattr(torch.zeros(4, 4), name)(**blocks)], [torch.zeros(4, 4)])


def test_one_odd_gradient_does_not_spoil_the_others() -> None:
    """Sparse, complex, 8-bit, empty, missing and plain ones in one list: each is right."""
    dense = [
        numbers(7, torch.float32), numbers(SMALL * 2, torch.float32), None, torch.zeros(0),
        numbers(3, torch.complex64), numbers((), torch.float64), numbers(9, torch.bfloat16),
        *(numbers((2, 3), torch.float32, s) for s in range(6)), torch.eye(4),
    ]  # fmt: skip
    check([*dense[:-1], torch.eye(4).to_sparse()], dense)


def test_mkldnn() -> None:
    """A gradient in mkldnn's own layout is read."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this torch has no mkldnn")
    dense = numbers((4, 5), torch.float32)
    check([dense.to_mkldnn(), torch.zeros(3).to_mkldnn()], [dense, torch.zeros(3)])


def test_nested() -> None:
    """A jagged gradient is the values of all its rows."""
    rows = [numbers(2, torch.float32), numbers(5, torch.float32)]
    check([torch.nested.nested_tensor(rows, layout=torch.jagged)], [torch.cat(rows)])


def test_meta_and_empty_are_not_judged() -> None:
    """There is nothing to look at, also where many have the same shape."""
    empty = [torch.zeros(0), torch.zeros(3, 0), torch.zeros(0, dtype=torch.complex64)]
    meta = [torch.zeros(3, device="meta") for _ in range(SMALLEST_GROUP)]
    assert measured([*empty, *meta]) == [("skipped", 0.0)] * (len(empty) + len(meta))


@pytest.mark.parametrize("shape", [(4, 6), (60, 70)])
@pytest.mark.parametrize("count", [1, SMALLEST_GROUP])
def test_strides_do_not_matter(shape: tuple[int, int], count: int) -> None:
    """Transposed, strided, expanded and channels_last gradients have the norm of their elements."""
    base = numbers(shape, torch.float32)
    expanded = numbers(shape[0], torch.float32)[:, None].expand(shape)
    image = numbers((2, 3, *shape), torch.float32).to(memory_format=torch.channels_last)
    assert not image.is_contiguous()
    for grad in (base.t(), base[::2, ::2], expanded, image, torch.tensor(2.0).expand(shape)):
        check([grad] * count)


def test_a_list_of_nothing() -> None:
    """No gradients at all, or none of them there."""
    assert measured([]) == []
    assert [s for s, _ in measured([None, None])] == ["none", "none"]


# ---------------------------------------------------------------------------- changes, modes


def _variants() -> list[Tensor]:
    dense = torch.tensor([[0.0, 2], [3, 0]])
    return [dense, dense.double(), dense.to_sparse(), dense.half(), dense.to_sparse_csr(),
            dense.to(torch.complex64), dense.t(), torch.zeros(0), dense.to(torch.bfloat16),
            torch.ones(60, 60), dense.clone().fill_(math.nan),
            torch.full((2, 2), 6e4, dtype=torch.float16)]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("count", [1, SMALLEST_GROUP])
@pytest.mark.parametrize("first", range(12))
@pytest.mark.parametrize("second", range(12))
def test_a_gradient_that_changes_its_kind_between_two_calls(
    first: int, second: int, count: int
) -> None:
    """What is remembered of one call makes no later one wrong: dtype, layout, shape, emptiness."""
    meter = GradientMeter()
    for which in (first, second, first):
        grad = _variants()[which]
        dense = grad if grad.layout == torch.strided else grad.to_dense()
        agree(measured([grad] * count, meter), [truth(dense)] * count, 1e-3)


@pytest.mark.parametrize("changed", range(SMALLEST_GROUP))
@pytest.mark.parametrize("other", range(1, 12))
@pytest.mark.filterwarnings("ignore:Sparse")
def test_one_of_a_group_changes_its_kind(changed: int, other: int) -> None:
    """The others of its group stay right."""
    meter = GradientMeter()
    group = [_variants()[0] for _ in range(SMALLEST_GROUP)]
    measured(group, meter)
    group[changed] = _variants()[other]
    dense = [g if g.layout == torch.strided else g.to_dense() for g in group]
    agree(measured(group, meter), [truth(g) for g in dense], 1e-3)


def test_gradients_with_a_graph_of_their_own() -> None:
    """create_graph=True: read without adding to their graph."""
    ps = [torch.nn.Parameter(numbers(s, torch.float32)) for s in (3, 3, 3, 3, SMALL + 1)]
    loss = sum(p.pow(3).sum() for p in ps)
    grads = torch.autograd.grad(loss, ps, create_graph=True)
    nodes = [g.grad_fn for g in grads]
    check(list(grads))
    assert [g.grad_fn for g in grads] == nodes
    assert all(g.requires_grad for g in grads)


def test_inference_tensors() -> None:
    """A gradient made under inference_mode, inside and outside of it."""
    with torch.inference_mode():
        grads = [numbers(s, torch.float32) for s in (3, 3, 3, 3, SMALL + 1)]
        check(list(grads))
    check(list(grads))


def test_reading_changes_nothing() -> None:
    """Values, version counters and flags of the gradients are what they were."""
    grads = [numbers(s, d) for s in (3, SMALL + 1) for d in REAL for _ in range(SMALLEST_GROUP)]
    before = [g.clone() for g in grads]
    versions = [g._version for g in grads]
    measured(list(grads))
    assert all(torch.equal(a, b) for a, b in zip(grads, before, strict=True))
    assert [g._version for g in grads] == versions


@pytest.mark.parametrize(
    ("tensor", "nonzero", "finite"),
    [
        (torch.zeros(100), False, True),
        (-torch.zeros(3), False, True),
        (torch.cat([torch.zeros(99), torch.ones(1)]), True, True),
        (torch.tensor([math.nan]), True, False),
        (torch.tensor([0.0, math.inf]), True, False),
        (torch.tensor([1.4e-45]), True, True),
        (torch.zeros(0), False, True),
        (torch.tensor([0j, 1j]), True, True),
        (torch.eye(3).to_sparse(), True, True),
    ],
)
def test_nonzero_and_finite(tensor: Tensor, nonzero: bool, finite: bool) -> None:
    """NaN differs from zero; the last of many elements counts; empty is zero and finite."""
    assert (has_nonzero(tensor), all_finite(tensor)) == (nonzero, finite)


@pytest.mark.filterwarnings("ignore")
def test_lazy_parameters_are_skipped_until_they_exist() -> None:
    """A lazy layer is not judged before its first forward, and judged right after."""
    model = torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.Linear(3, 1))
    with gradaudit.watch(model, on_finding="silent") as audit:
        model[1].weight.sum().backward()
        before = audit.statuses()
        model.zero_grad()
        model(torch.ones(2, 4)).sum().backward()
        after = audit.statuses()
        norms = audit.norms()
    assert [before["0.weight"], before["0.bias"]] == ["skipped", "skipped"]
    assert set(after.values()) == {"ok"}
    assert norms["0.weight"] == pytest.approx(truth(model[0].weight.grad)[1], rel=1e-5)
