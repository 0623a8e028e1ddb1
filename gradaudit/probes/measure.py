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

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from gradaudit.events import ByteArray, FloatArray, Status
from gradaudit.probes.plans import HALF, PLAIN, WIDE, Group, Plan, make_plan, norms_of

_OK, _ZERO, _NAN = int(Status.OK), int(Status.ZERO), int(Status.NAN)
_INFINITE = int(Status.INF)
_COMPRESSED = (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


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
    if gradient.dtype not in WIDE:
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


def exact_rows(rows_ke: torch.Tensor) -> tuple[ByteArray, FloatArray]:
    """As `exact`, of each row of a small dense real tensor that is not empty."""
    if rows_ke.dtype != torch.float64:
        # The squares of all float32, the smallest as well, are neither 0 nor infinite as float64.
        norm = torch.linalg.vector_norm(rows_ke, 2.0, 1, dtype=torch.float64).cpu().numpy()
    else:
        low, high = (v.cpu().numpy() for v in torch.aminmax(rows_ke, dim=1))
        norm = np.maximum(np.abs(low), np.abs(high))
        norm[np.isnan(low) | np.isnan(high)] = np.nan
        rest = np.flatnonzero((norm > 0.0) & (norm < np.inf))
        if len(rest):
            scale = torch.from_numpy(norm[rest]).to(rows_ke.device)
            scaled = rows_ke[torch.from_numpy(rest).to(rows_ke.device)] / scale[:, None]
            norm[rest] *= torch.linalg.vector_norm(scaled, 2.0, 1).cpu().numpy()
    status = np.full(len(norm), _OK, np.uint8)
    status[norm == 0.0] = _ZERO
    status[norm == np.inf] = _INFINITE
    status[norm != norm] = _NAN
    return status, norm


def _exact_of(gradient: torch.Tensor) -> tuple[Status, float]:
    """As `exact`; a sparse gradient that stores nothing is zero, not empty."""
    values = dense_values(gradient)
    if values.numel() == 0 and gradient.numel() > 0 and gradient.layout != torch.strided:
        return Status.ZERO, 0.0
    return exact(values)


_INF = float("inf")
_item = torch.Tensor.item
_FEW = 128
"""Values up to which a loop in Python is faster than numpy's calls."""
_ZEROS = b"\0\x80"
"""Bytes that zeros are made of, negative ones too."""
_below_autograd: Any = getattr(torch._C, "_AutoDispatchBelowAutograd", None)


def _without_autograd() -> Any:
    """As `torch.no_grad()`, at a tenth of its cost; only for what makes no views."""
    return torch.no_grad() if _below_autograd is None else _below_autograd()


class GradientMeter:
    """Reads gradients. Keeps a plan for as long as the same ones are present; never a gradient."""

    _read_all_next = False
    """`total` was not finite: for a meter that would not read all the next time."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._ok: ByteArray = np.zeros(0, np.uint8)

    def measure(self, gradients: Sequence[torch.Tensor | None]) -> tuple[ByteArray, FloatArray]:
        """Status and L2 norm of each gradient: two arrays of length len(gradients).

        None gives status NONE and norm NaN, an empty tensor SKIPPED. Norms are float64 and exact
        to the precision of the gradient's own dtype (fp16 and bf16: summed in float32). The status
        is read only: it may be the one that was given before.
        """
        # Neither a user's function mode nor autograd (create_graph) may see what is done here.
        with torch._C.DisableTorchFunction():
            plan = self._plan
            for _ in range(2):
                if plan is None or not plan.fits(gradients):
                    plan = self._plan = make_plan(gradients)
                try:
                    return self._run(plan, gradients)
                except (RuntimeError, NotImplementedError, TypeError, AttributeError):
                    plan = None
            return self._one_by_one(gradients)

    def total(
        self, gradients: Sequence[torch.Tensor | None]
    ) -> tuple[ByteArray, FloatArray, torch.Tensor] | None:
        """As `measure`, and the norm of all norms as `clip_grad_norm_` computes it, bit for bit.

        The norms are taken group by group, which is faster, and put into the order of the list
        before they are summed. None where that is not the same: other dtypes than one of float32
        and float64, other layouts, other devices; or where it is not finite.
        """
        plan = self._plan
        if plan is None or not plan.fits(gradients):
            plan = self._plan = make_plan(gradients)
        kinds = {group.dtype for group in plan.groups}
        if not plan.on_cpu or plan.single or plan.empty or len(kinds) != 1 or kinds & HALF:
            return None
        norms: list[torch.Tensor] = []
        with torch._C.DisableTorchFunction():
            try:
                status, norm = self._run(plan, gradients, norms)
            except (RuntimeError, NotImplementedError, TypeError, AttributeError):
                return None
            with _without_autograd():
                flat = norms[0] if len(norms) == 1 else torch.cat(norms)
                if plan.to_order is not None:
                    flat = flat[plan.to_order]
                total = torch.linalg.vector_norm(flat, 2.0)
        if total.item() < _INF:
            return status, norm, total
        self._read_all_next = True
        return None

    def agrees(self, norm: FloatArray, measured: FloatArray) -> bool:
        """Are norms of all values, given by `total`, those that `measure` has given?"""
        return bool(np.array_equal(norm, measured, equal_nan=True))

    def took(self, status: ByteArray, norm: FloatArray) -> None:
        """What `total` has given is taken for what this backward has left."""

    def _run(
        self,
        plan: Plan,
        gradients: Sequence[torch.Tensor | None],
        given: list[torch.Tensor] | None = None,
    ) -> tuple[ByteArray, FloatArray]:
        """`given` gets the norms of each group as one tensor (k,), as they were computed."""
        values: list[float] = []
        kept: list[torch.Tensor | None] = []
        with _without_autograd():
            for group in plan.groups:
                norms, x_ke = norms_of(group, gradients)
                if given is not None and not isinstance(norms, torch.Tensor):
                    norms = torch.stack(norms)  # type: ignore[arg-type]
                if isinstance(norms, torch.Tensor):
                    values += norms.tolist()
                    if given is not None:
                        given.append(norms)
                else:
                    values += map(_item, norms)
                kept.append(x_ke)
        array = np.array(values)
        lowest = plan.lowest
        if len(values) <= _FEW:
            # A sum tells of NaN and of what is infinite; then the smallest is what it seems to be.
            total = sum(values)
            clear = total - total == 0.0 and min(values, default=_INF) > lowest
        else:
            clear = bool(array.min() > lowest and array.max() < _INF)
        if clear and plan.whole:
            if plan.ordered:
                return self._all_ok(plan.n), array
            norm = np.empty(plan.n)
            norm[plan.order] = array
            return self._all_ok(plan.n), norm
        status = np.full(plan.n, Status.NONE, np.uint8)
        norm = np.full(plan.n, np.nan)
        status[plan.order], norm[plan.order] = Status.OK, array
        status[plan.empty], norm[plan.empty] = Status.SKIPPED, 0.0
        with torch.no_grad():
            for i in plan.single:
                g = gradients[i]
                if g is None:
                    raise TypeError("gradients are not those that they were: plan anew")
                status[i], norm[i] = _exact_of(g)
            if not clear:
                start = 0
                for group, x_ke in zip(plan.groups, kept, strict=True):
                    end = start + len(group.members)
                    self._look_again(group, array[start:end], x_ke, gradients, status, norm)
                    start = end
        return status, norm

    def _all_ok(self, n: int) -> ByteArray:
        if len(self._ok) != n:
            self._ok = np.full(n, Status.OK, np.uint8)
            self._ok.setflags(write=False)
        return self._ok

    def _look_again(
        self,
        group: Group,
        values: FloatArray,
        x_ke: torch.Tensor | None,
        gradients: Sequence[torch.Tensor | None],
        status: ByteArray,
        norm: FloatArray,
    ) -> None:
        """Exactly, where a norm is no clear answer."""
        doubtful = np.flatnonzero(~((values > group.lowest) & (values < np.inf)))
        if not len(doubtful):
            return
        where = np.asarray(group.members)
        if x_ke is not None:
            # All of them: that takes less time than to pick those out.
            again, exactly = exact_rows(x_ke)
            status[where[doubtful]], norm[where[doubtful]] = again[doubtful], exactly[doubtful]
            return
        for j in doubtful.tolist():
            g = gradients[group.members[j]]
            assert g is not None
            status[group.members[j]], norm[group.members[j]] = exact(dense_values(g))

    def _one_by_one(self, gradients: Sequence[torch.Tensor | None]) -> tuple[ByteArray, FloatArray]:
        status = np.full(len(gradients), Status.NONE, np.uint8)
        norm = np.full(len(gradients), np.nan)
        with torch.no_grad():
            for i, g in enumerate(gradients):
                if g is None:
                    continue
                try:
                    status[i], norm[i] = _exact_of(g)
                except (RuntimeError, NotImplementedError, TypeError):
                    status[i], norm[i] = Status.SKIPPED, float("nan")
        return status, norm


def has_nonzero(gradient: torch.Tensor) -> bool:
    """Does any element differ from zero (NaN does)? Looks at a few elements before at all."""
    begin = peek(gradient)
    if begin is not None and begin.strip(_ZEROS):
        return True
    with torch.no_grad(), torch._C.DisableTorchFunction():
        values = dense_values(gradient).reshape(-1)
        n = values.numel()
        if n == 0:
            return False
        # Whole rows are zero behind a dead unit: a few elements of everywhere first.
        return bool(values[:: max(1, n // 64)].any()) or bool(values.any())


def peek(tensor: torch.Tensor, size: int = 16) -> bytes | None:
    """The first `size` bytes of a tensor's memory, None where they cannot simply be read.

    A fifth of a microsecond, where the smallest operation of torch takes ten times as long: this
    is asked at every step.
    """
    if (
        type(tensor) not in PLAIN
        or not tensor.is_cpu
        or tensor.layout is not torch.strided
        or not tensor.is_contiguous()
        or tensor.nbytes < size
    ):
        return None
    address = tensor.data_ptr()
    # Sharding gives the memory of a tensor back and leaves its shape.
    if not address or tensor.untyped_storage().nbytes() < size:
        return None
    return ctypes.string_at(address, size)


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
