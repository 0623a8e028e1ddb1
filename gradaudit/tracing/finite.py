"""Is a tensor finite? One sum where the answer is yes, an exact look where it may be no.

The sum is the cheapest question that NaN and Inf cannot hide from: it is not finite if one element
is not. Finite values can overflow it, so a sum that is not finite is only a suspicion. On an
accelerator nothing is read at once: the largest absolute value is left on the device, and all of
them are read together when the backward is over (`Flags`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from gradaudit.probes.late_lanes import is_elsewhere
from gradaudit.probes.measure import dense_values, is_given_back

FINITE, INF, NAN = 0, 1, 2
WORDS = ("", "inf", "nan")

FLOATING = frozenset(
    (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128)
)
_PLAIN = (torch.Tensor, torch.nn.Parameter)


def readable(t: torch.Tensor) -> bool:
    """Can it be reduced as it is? (No subclass, no sparse layout, not empty, real memory.)"""
    return (
        type(t) in _PLAIN
        and t.dtype in FLOATING
        and t.layout is torch.strided
        and t.device.type != "meta"
        and not t.is_nested
    )


def local(t: torch.Tensor) -> torch.Tensor | None:
    """Its numbers here as a plain dense tensor; None where there are none that can be read.

    Of a distributed tensor the local part: asking for the whole would be a collective.
    """
    if readable(t):
        if is_given_back(t):
            return None
        return t.detach() if t.requires_grad else t
    if not (t.is_floating_point() or t.is_complex()) or t.device.type == "meta":
        return None
    try:
        values = dense_values(t)
    except (RuntimeError, NotImplementedError, TypeError, AttributeError):
        return None
    return values if type(values) in _PLAIN else None


def look(t: torch.Tensor) -> int:
    """FINITE, INF or NAN (if one element is NaN), exactly. Torch functions must be disabled."""
    values = t if t.dtype in FLOATING and type(t) in _PLAIN else local(t)
    if values is None or is_given_back(values):
        return FINITE
    try:
        total = values.sum().item()
        if total - total == 0:
            return FINITE
        return exactly(values)
    except (RuntimeError, NotImplementedError, TypeError):
        values = local(t)
        return FINITE if values is None or values is t else exactly(values)


def exactly(t: torch.Tensor) -> int:
    """The same where the sum is not finite."""
    values = local(t)
    if values is None or values.numel() == 0:
        return FINITE
    if values.is_complex():
        values = torch.view_as_real(values.resolve_conj())
    low, high = torch.aminmax(values)  # both are NaN if one element is
    low, high = low.item(), high.item()
    if low != low or high != high:
        return NAN
    return INF if high == float("inf") or low == float("-inf") else FINITE


def _recorded(t: torch.Tensor) -> bool:
    """Is this stream being captured into a CUDA graph? Then nothing may be added to it."""
    return t.is_cuda and torch.cuda.is_current_stream_capturing()


class Flags:
    """Answers that are still on the device. Positions are given out, and read all at once."""

    def __init__(self) -> None:
        self._waiting: list[torch.Tensor | int] = []

    def ask(self, t: torch.Tensor) -> int:
        """Where the answer will stand. Does not wait."""
        values = local(t)
        answer: torch.Tensor | int = FINITE
        if values is not None and values.numel() and not _recorded(values):
            if not is_elsewhere(values):
                answer = look(values)
            else:
                if values.is_complex():
                    values = torch.view_as_real(values.resolve_conj())
                # Exact: the largest absolute value overflows nowhere and is NaN if one element is.
                answer = torch.linalg.vector_norm(values, float("inf"))
        self._waiting.append(answer)
        return len(self._waiting) - 1

    def take(self) -> list[torch.Tensor | int]:
        """The answers, each a number or still on its device (0-dim). Begins anew."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def read(self) -> list[int]:
        """FINITE, INF or NAN for every position; one transfer per device. Begins anew."""
        waiting = self.take()
        answers: list[int] = [a if isinstance(a, int) else FINITE for a in waiting]
        groups: dict[Any, list[int]] = {}
        for i, answer in enumerate(waiting):
            if isinstance(answer, torch.Tensor):
                groups.setdefault((answer.device, answer.dtype), []).append(i)
        for members in groups.values():
            numbers: Sequence[float] = torch.stack([waiting[i] for i in members]).tolist()  # type: ignore[misc]
            for i, number in zip(members, numbers, strict=True):
                answers[i] = verdict(number)
        return answers


def verdict(largest: float) -> int:
    """FINITE, INF or NAN, by the largest absolute value."""
    return FINITE if largest - largest == 0 else NAN if largest != largest else INF
