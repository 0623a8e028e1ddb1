"""Tensors to numbers: the L2 norm and the status of many gradients in one pass.

Index letters: k tensors in a group, e elements of one tensor.

One norm per tensor answers three questions at once: `0 < norm < inf` means finite, not all zero,
and that size. Only what fails this is looked at again, exactly: a norm of finite values can
overflow (fp16 already at 6e4) or underflow to 0 (fp32 below about 1e-23), and neither is a finding.
Large tensors go through `torch._foreach_norm`; small ones of equal shape are stacked (k, e) and
share one `vector_norm(dim=1)`, which costs a fifth per tensor. `isfinite().all()` would read memory
thirty times slower, and an infinity norm as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gradaudit.events import ByteArray, FloatArray, Status

SMALL = 2048
"""Elements up to which equal-shaped tensors are stacked."""

SMALLEST_GROUP = 4

CLEAR_ABOVE, CLEAR_ABOVE_64 = 1e-18, 1e-150
"""Norms summed in float32 (float64) are exact to their dtype from here on."""

_COMPRESSED = (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)
_HALF = (torch.float16, torch.bfloat16)
_WIDE = frozenset((torch.float16, torch.bfloat16, torch.float32, torch.float64))


def is_given_back(tensor: torch.Tensor) -> bool:
    """Has somebody freed its memory (sharding does)? Reading it would crash the process."""
    try:
        return tensor.untyped_storage().nbytes() == 0 and tensor.numel() > 0
    except (RuntimeError, NotImplementedError):  # sparse, or kept in another way
        return False


def local_part(tensor: torch.Tensor) -> torch.Tensor:
    """Of a DTensor what this rank holds: an operation on the whole would be a collective."""
    local = getattr(tensor, "to_local", None)
    return tensor if local is None else local()


def dense_values(gradient: torch.Tensor) -> torch.Tensor:
    """The numbers of any gradient as a dense real tensor that torch can reduce, without autograd.

    Sparse: the coalesced values (duplicate indices summed, as the optimizer will see them).
    Complex: real and imaginary parts side by side. DTensor: the local shard. 8-bit: as float32.
    """
    gradient = local_part(gradient).detach()
    if is_given_back(gradient):
        raise RuntimeError("the memory of this tensor was given back")
    if gradient.layout == torch.sparse_coo:
        gradient = gradient.coalesce().values()
    elif gradient.layout in _COMPRESSED:
        gradient = gradient.values()
    elif gradient.is_mkldnn:
        gradient = gradient.to_dense()
    elif gradient.is_nested:
        gradient = gradient.values()
    if gradient.is_complex():
        gradient = torch.view_as_real(gradient.resolve_conj())
    if gradient.dtype not in _WIDE:
        gradient = gradient.float()
    return gradient


def exact(values: torch.Tensor) -> tuple[Status, float]:
    """Status and L2 norm (float64) of one dense real tensor, right for every finite value."""
    if values.numel() == 0:
        return Status.SKIPPED, 0.0
    low, high = (float(x) for x in torch.aminmax(values))
    if low != low or high != high:
        return Status.NAN, float("nan")
    largest = max(abs(low), abs(high))
    if largest == float("inf"):
        return Status.INF, float("inf")
    if largest == 0.0:
        return Status.ZERO, 0.0
    scaled = values.double() / largest
    return Status.OK, largest * float(torch.linalg.vector_norm(scaled))


def _exact_of(gradient: torch.Tensor) -> tuple[Status, float]:
    """As `exact`; a sparse gradient that stores nothing is zero, not empty."""
    values = dense_values(gradient)
    if values.numel() == 0 and gradient.numel() > 0 and gradient.layout != torch.strided:
        return Status.ZERO, 0.0
    return exact(values)


@dataclass(slots=True)
class _Plan:
    """How one pattern of gradients is read: positions in the list, by group."""

    present: list[int]
    stacked: list[list[int]]
    foreach: list[list[int]]
    single: list[int]
    empty: list[int]


class GradientMeter:
    """Reads gradients. Keeps a plan for as long as the same ones are present; never a gradient."""

    def __init__(self) -> None:
        self._plan: _Plan | None = None

    def measure(self, gradients: Sequence[torch.Tensor | None]) -> tuple[ByteArray, FloatArray]:
        """Status and L2 norm of each gradient: two arrays of length len(gradients).

        None gives status NONE and norm NaN, an empty tensor SKIPPED. Norms are float64 and exact
        to the precision of the gradient's own dtype (fp16 and bf16: summed in float32).
        """
        n = len(gradients)
        status = np.full(n, Status.NONE, np.uint8)
        norm = np.full(n, np.nan)
        # None, empty or not: what a plan depends on.
        present = [-1 if g is None else int(g.numel() > 0) for g in gradients]
        # Neither a user's function mode nor autograd (create_graph) may see what is done here.
        with torch.no_grad(), torch._C.DisableTorchFunction():
            plan = self._plan
            if plan is None or plan.present != present:
                plan = self._plan = self._make_plan(gradients, present)
            try:
                self._run(plan, gradients, status, norm)
            except (RuntimeError, NotImplementedError, TypeError):
                plan = self._plan = self._make_plan(gradients, present)
                try:
                    self._run(plan, gradients, status, norm)
                except (RuntimeError, NotImplementedError, TypeError):
                    self._one_by_one(gradients, status, norm)
        return status, norm

    def _make_plan(self, gradients: Sequence[torch.Tensor | None], present: list[int]) -> _Plan:
        by_shape: dict[tuple[object, ...], list[int]] = {}
        by_type: dict[tuple[object, ...], list[int]] = {}
        single: list[int] = []
        empty: list[int] = []
        for i, g in enumerate(gradients):
            if g is None:
                continue
            plain = (
                type(g) in (torch.Tensor, torch.nn.Parameter)
                and g.layout == torch.strided
                and not g.is_nested
                and g.dtype in _WIDE
                and g.device.type != "meta"
            )
            if g.device.type == "meta" or g.numel() == 0:
                empty.append(i)
            elif not plain:
                single.append(i)
            elif g.numel() <= SMALL:
                by_shape.setdefault((tuple(g.shape), g.dtype, g.device), []).append(i)
            else:
                by_type.setdefault((g.dtype, g.device), []).append(i)
        stacked: list[list[int]] = []
        for (_, dtype, device), members in by_shape.items():
            if len(members) >= SMALLEST_GROUP:
                stacked.append(members)
            else:
                by_type.setdefault((dtype, device), []).extend(members)
        return _Plan(present, stacked, list(by_type.values()), single, empty)

    def _run(
        self,
        plan: _Plan,
        gradients: Sequence[torch.Tensor | None],
        status: ByteArray,
        norm: FloatArray,
    ) -> None:
        for i in plan.empty:
            status[i], norm[i] = Status.SKIPPED, 0.0
        for i in plan.single:
            g = gradients[i]
            assert g is not None
            status[i], norm[i] = _exact_of(g)
        for members in plan.stacked:
            group = torch.stack([gradients[i] for i in members])  # type: ignore[misc]
            x_ke = group.view(len(members), -1)
            half = x_ke.dtype in _HALF
            norms = torch.linalg.vector_norm(x_ke, dim=1, dtype=torch.float32 if half else None)
            self._settle(members, norms, x_ke, gradients, status, norm)
        for members in plan.foreach:
            tensors: list[torch.Tensor] = [gradients[i] for i in members]  # type: ignore[misc]
            if any(t.dtype != tensors[0].dtype or t.layout != torch.strided for t in tensors):
                raise TypeError("gradients changed their kind: plan anew")
            half = tensors[0].dtype in _HALF
            dtype = torch.float32 if half else None
            norms = torch.stack(torch._foreach_norm(tensors, 2, dtype))
            self._settle(members, norms, None, gradients, status, norm)

    def _settle(
        self,
        members: list[int],
        norms: torch.Tensor,
        x_ke: torch.Tensor | None,
        gradients: Sequence[torch.Tensor | None],
        status: ByteArray,
        norm: FloatArray,
    ) -> None:
        """Take over the norms; look again, exactly, where a norm is no clear answer."""
        values = np.asarray(norms.tolist(), np.float64)
        where = np.asarray(members)
        # Squares below the smallest normal number lose digits before they are summed.
        lowest = CLEAR_ABOVE_64 if norms.dtype == torch.float64 else CLEAR_ABOVE
        clear = (values > lowest) & (values < np.inf)
        norm[where] = values
        status[where] = Status.OK
        doubtful = np.flatnonzero(~clear)
        if not len(doubtful):
            return
        if x_ke is not None and len(doubtful) > 1:
            rows = x_ke[torch.from_numpy(doubtful).to(x_ke.device)]
            low, high = (np.asarray(v.tolist()) for v in torch.aminmax(rows, dim=1))
            zero = (low == 0) & (high == 0)
            status[where[doubtful[zero]]] = Status.ZERO
            norm[where[doubtful[zero]]] = 0.0
            doubtful = doubtful[~zero]
        for j in doubtful.tolist():
            g = gradients[members[j]]
            assert g is not None
            status[members[j]], norm[members[j]] = exact(dense_values(g))

    def _one_by_one(
        self, gradients: Sequence[torch.Tensor | None], status: ByteArray, norm: FloatArray
    ) -> None:
        for i, g in enumerate(gradients):
            if g is None:
                continue
            try:
                status[i], norm[i] = _exact_of(g)
            except (RuntimeError, NotImplementedError, TypeError):
                status[i], norm[i] = Status.SKIPPED, float("nan")


def has_nonzero(gradient: torch.Tensor) -> bool:
    """Does any element differ from zero (NaN does)? Looks at a few elements before at all."""
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = dense_values(gradient).reshape(-1)
        if values.numel() == 0:
            return False
        return bool(values[:64].any()) or bool(values.any())


SAMPLE = 64


def sample(tensor: torch.Tensor, most: int = SAMPLE) -> FloatArray:
    """Up to `most` elements, spread evenly over the tensor, as float64: enough to tell a change."""
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = dense_values(tensor).reshape(-1)
        n = values.numel()
        if n == 0:
            return np.zeros(0)
        stride = max(1, n // most)
        return np.asarray(values[::stride][:most].tolist(), np.float64)


def fingerprint(tensor: torch.Tensor) -> tuple[float, ...]:
    """Numbers that differ when any value differs, save by an accident of summation."""
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = dense_values(tensor).reshape(-1)
        if values.numel() == 0:
            return ()
        total = values.double()
        weights = torch.arange(1, values.numel() + 1, device=values.device, dtype=torch.float64)
        return (float(total.sum()), float(torch.dot(total, weights.remainder_(8191.0))))


def all_finite(tensor: torch.Tensor) -> bool:
    """No NaN and no Inf in any element."""
    with torch.no_grad(), torch._C.DisableTorchFunction():
        status, _ = exact(dense_values(tensor))
        return status not in (Status.NAN, Status.INF)


def share_of_zeros(gradient: torch.Tensor) -> float:
    """Share of exact zeros among elements whose row and column are not all zero (0 to 1).

    All-zero rows and columns are left out: an embedding's unused rows and a dead unit's column
    are zero by mathematics, not by rounding.
    """
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = dense_values(gradient) != 0
        if values.ndim == 0 or values.numel() == 0:
            return 0.0
        flat = values.reshape(values.shape[0], -1)
        flat = flat[flat.any(dim=1)][:, flat.any(dim=0)]
        return 0.0 if flat.numel() == 0 else 1.0 - float(flat.float().mean())
