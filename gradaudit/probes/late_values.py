"""Status and norm of gradients that live on a device: asked for now, read when they are there.

Index letters: k tensors read by one call, m all tensors of one device.

Of each gradient two numbers are wanted: its L2 norm, and one that decides without a second look,
since there will be none. The largest absolute value is NaN if one element is, infinite if one is,
and zero if all are; no sum of squares overflows or vanishes in it. So is the norm itself where the
squares are summed in a type that holds them all: float32 for fp16, float64 for bf16 and float32.
Then one pass over the memory serves for both. Only on CUDA (ROCm): other devices may have no
float64, and read twice. Nothing here waits.

[Note: Little memory] The fused kernel behind `torch._foreach_norm` takes scratch memory for (k
tensors) times (chunks of the largest of them), and every result is a tensor of its own with 512
bytes of the allocator. So tensors are read together with others of about their size, at most
`TOGETHER` at a time, and each call's results are put into one vector at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradaudit.events import ByteArray, FloatArray, Status
from gradaudit.probes.late_lanes import joined, lane_of
from gradaudit.probes.late_reading import Indices, Reading, Sent
from gradaudit.probes.lookback import Gradients
from gradaudit.probes.measure import GradientMeter, dense_values, local_part
from gradaudit.probes.plans import HALF, PLAIN, WIDE

TOGETHER = 512
"""Tensors that are read by one call at most."""

CHUNK = 65_536
"""Elements of which the fused kernel makes one partial sum."""

SCRATCH = 65_536
"""Partial sums (4 bytes each, 8 in float64) that one call may ask for: 256 KiB."""

SUMS_IN_FLOAT64 = {"cuda"}
"""Kinds of devices that sum squares of bf16 and float32 in float64; these have float64."""

_INF = float("inf")


@dataclass(slots=True)
class _Call:
    """Gradients that one call reads. `single`: one that has to be made plain first.

    `local`: of each the part that this rank holds.
    """

    members: list[int]
    dtype: torch.dtype
    single: bool
    local: bool = False


@dataclass(slots=True)
class _Plan:
    """How one pattern of gradients is read: by device the calls, in this order."""

    n: int
    absent: list[int]
    empty: list[int]
    host: list[int]
    calls: dict[torch.device, list[_Call]]
    places: dict[torch.device, Indices]
    status: ByteArray
    norm: FloatArray
    asked: Indices

    def fits(self, gradients: Gradients) -> bool:
        """Whether the ones that were absent or empty still are; reading shows the rest."""
        return (
            len(gradients) == self.n
            and all(gradients[i] is None for i in self.absent)
            and all((g := gradients[i]) is not None and _is_empty(g) for i in self.empty)
        )


class _ChangedError(Exception):
    """These gradients are not what they were: plan anew."""


class LateMeter:
    """Asks devices about gradients. Keeps a plan for as long as the same ones are present."""

    def __init__(self) -> None:
        self._plan: _Plan | None = None
        self._host = GradientMeter()

    def ask(self, gradients: Gradients, **more: torch.Tensor | None) -> Reading:
        """A `Reading` of all that are not None. `more`: other numbers of the same moment.

        While a graph is captured nothing is asked: the reading is given up from the beginning.
        """
        with torch.no_grad(), torch._C.DisableTorchFunction():
            plan = self._plan
            for _ in range(2):
                if plan is None or not plan.fits(gradients):
                    plan = self._plan = _make_plan(gradients)
                try:
                    return self._ask(plan, gradients, more)
                except (_ChangedError, RuntimeError, NotImplementedError, TypeError):
                    plan = None
            self._plan = None
            reading = _presence(gradients)
            reading.give_up()
            return reading

    def _ask(
        self, plan: _Plan, gradients: Gradients, more: Mapping[str, torch.Tensor | None]
    ) -> Reading:
        status, norm = plan.status, plan.norm
        if plan.host:
            status, norm = status.copy(), norm.copy()
            its_status, its_norm = self._host.measure([gradients[i] for i in plan.host])
            status[plan.host], norm[plan.host] = its_status, its_norm
        reading = Reading(status, norm)
        reading.asked = plan.asked
        if any((lane := lane_of(d)) is not None and lane.capturing() for d in plan.calls):
            reading.give_up()
            return reading
        vectors: list[tuple[torch.device, torch.Tensor, Indices, tuple[str, ...]]] = []
        for device, calls in plan.calls.items():
            l2: list[torch.Tensor] = []
            largest: list[torch.Tensor] = []
            normless: list[int] = []
            for call in calls:
                a, b, known = _two_numbers(call, gradients, device)
                l2.append(a)
                largest.append(b)
                if not known:
                    normless += call.members
            extra = {k: t for k, t in more.items() if t is not None and t.device == device}
            vector = joined([*l2, *largest, *(t.reshape(1) for t in extra.values())])
            vectors.append((device, vector, np.asarray(normless, np.int32), tuple(extra)))
        flights: list[Sent] = []
        for device, vector, no_norm, names in vectors:
            lane = lane_of(device)
            assert lane is not None
            flights.append((lane.send(vector), plan.places[device], no_norm, names))
        reading.sent(flights)
        return reading


class Collector:
    """Gradients that are gone when the backward ends: asked one by one, sent together."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._plain: list[tuple[int, torch.device, torch.Tensor, torch.Tensor, bool]] = []

    def reading(self, n: int) -> Reading:
        """Of this backward, of n gradients; not sent yet."""
        if self._reading is None or len(self._reading.status) != n:
            self.send()
            self._reading = _presence([None] * n).opened()
        return self._reading

    def add(self, index: int, gradient: torch.Tensor | None) -> None:
        """Ask about one; after `reading`."""
        reading = self._reading
        if reading is None or gradient is None:
            return
        lane = lane_of(gradient.device)
        if lane is None:
            status, norm = GradientMeter().measure([gradient])
            reading.status[index], reading.norm[index] = status[0], norm[0]
        elif _is_empty(gradient):
            reading.status[index], reading.norm[index] = Status.SKIPPED, 0.0
        else:
            reading.status[index] = Status.OK
            if lane.capturing():
                return
            with torch.no_grad(), torch._C.DisableTorchFunction():
                device = gradient.device
                try:
                    l2, largest, known = _two_numbers(_single(gradient, 0), [gradient], device)
                except (_ChangedError, RuntimeError, NotImplementedError, TypeError):
                    return
            self._plain.append((index, device, l2, largest, known))

    def send(self) -> None:
        """The backward is over."""
        reading, self._reading = self._reading, None
        entries, self._plain = self._plain, []
        if reading is None:
            return
        flights: list[Sent] = []
        for device in dict.fromkeys(one[1] for one in entries):
            its = [one for one in entries if one[1] == device]
            lane = lane_of(device)
            if lane is None or lane.capturing():
                continue
            with torch.no_grad(), torch._C.DisableTorchFunction():
                vector = joined([one[2] for one in its] + [one[3] for one in its])
            places = np.asarray([one[0] for one in its], np.int32)
            normless = np.asarray([one[0] for one in its if not one[4]], np.int32)
            flights.append((lane.send(vector), places, normless, ()))
        reading.asked = np.asarray([one[0] for one in entries], np.int32)
        reading.sent(flights)


def _two_numbers(
    call: _Call, gradients: Gradients, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, bool]:
    """L2 norms and largest absolute values (k,); False: these are no norms.

    Raises:
        _ChangedError: a gradient is of another kind now.
        RuntimeError, TypeError, NotImplementedError: likewise.

    """
    tensors: list[torch.Tensor] = [gradients[i] for i in call.members]  # type: ignore[misc]
    if call.local:
        tensors = [local_part(t) for t in tensors]
    known = True
    if call.single:
        values, known = _plain_values(tensors[0])
        if not values.numel():  # sparse, and stores nothing: zero
            zero = torch.zeros(1, device=device)
            return zero, zero, True
        tensors = [values]
    first = tensors[0]
    if first is None or first.dtype != call.dtype or first.device != device:  # pyright: ignore[reportUnnecessaryComparison]
        raise _ChangedError
    dtype = torch.float32 if call.dtype in HALF else None
    once = call.dtype == torch.float16
    if call.dtype in (torch.bfloat16, torch.float32) and device.type in SUMS_IN_FLOAT64:
        dtype, once = torch.float64, True
    l2 = torch.stack(torch._foreach_norm(tensors, 2.0, dtype))
    largest = l2 if once else torch.stack(torch._foreach_norm(tensors, _INF))
    if l2.ndim != 1 or l2.device != device or len(l2) != len(tensors):
        raise _ChangedError
    return l2, largest, known


def _is_empty(gradient: torch.Tensor) -> bool:
    """Is nothing of it here? A sparse one that stores nothing is zero, and not empty."""
    if gradient.numel() == 0:
        return True
    part = local_part(gradient)
    return part is not gradient and part.layout == torch.strided and part.numel() == 0


def _plain_values(gradient: torch.Tensor) -> tuple[torch.Tensor, bool]:
    """Its numbers as a dense real tensor, and whether their norm is that of the gradient.

    Summing the duplicates of a sparse gradient would wait for the device: NaN, Inf and zero show
    in the parts as well, the norm does not.
    """
    part = local_part(gradient).detach()
    if part.layout == torch.sparse_coo and not part.is_coalesced():
        return dense_values(part._values()), False
    return dense_values(part), True


def _single(gradient: torch.Tensor, index: int) -> _Call:
    part = local_part(gradient)
    dtype = part.dtype
    if dtype.is_complex:
        dtype = dtype.to_real()
    return _Call([index], dtype if dtype in WIDE else torch.float32, single=True)


def _presence(gradients: Gradients) -> Reading:
    status = np.full(len(gradients), Status.NONE, np.uint8)
    status[[i for i, g in enumerate(gradients) if g is not None]] = Status.OK
    return Reading(status, np.full(len(gradients), np.nan))


def _is_plain(part: torch.Tensor) -> bool:
    kind = type(part) in PLAIN and part.layout == torch.strided and not part.is_nested
    return kind and part.dtype in WIDE


def _part_of(gradient: torch.Tensor) -> torch.Tensor | None:
    """What this rank holds of it; None where it cannot be read at all."""
    try:
        part = local_part(gradient)
        if not _is_plain(part):
            _plain_values(gradient)
    except (RuntimeError, NotImplementedError, TypeError):
        return None
    return part


def _make_plan(gradients: Gradients) -> _Plan:
    absent: list[int] = []
    empty: list[int] = []
    host: list[int] = []
    unreadable: list[int] = []
    together: dict[tuple[Any, ...], list[int]] = {}
    calls: dict[torch.device, list[_Call]] = {}
    for i, g in enumerate(gradients):
        if g is None:
            absent.append(i)
        elif lane_of(g.device) is None:
            host.append(i)
        elif (part := _part_of(g)) is None:
            unreadable.append(i)
        elif _is_empty(g):
            empty.append(i)
        elif _is_plain(part):
            power = (-(-part.numel() // CHUNK) - 1).bit_length()
            together.setdefault((part.device, part.dtype, power, part is not g), []).append(i)
        else:
            calls.setdefault(g.device, []).append(_single(g, i))
    for (device, dtype, power, local), members in together.items():
        most = max(1, min(TOGETHER, SCRATCH >> power))
        calls.setdefault(device, []).extend(
            _Call(members[k : k + most], dtype, single=False, local=local)
            for k in range(0, len(members), most)
        )
    places = {
        device: np.asarray([i for call in its for i in call.members], np.int32)
        for device, its in calls.items()
    }
    reading = _presence(gradients)
    status, norm = reading.status, reading.norm
    status[empty], norm[empty] = Status.SKIPPED, 0.0
    status[unreadable] = Status.SKIPPED
    asked = [places[device] for device in places]
    return _Plan(
        len(gradients), absent, empty, host, calls, places, status, norm,
        np.concatenate(asked) if asked else np.zeros(0, np.int32),
    )  # fmt: skip
