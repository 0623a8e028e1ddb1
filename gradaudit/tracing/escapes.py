"""Values that leave torch for Python or NumPy, and the tensors that are made of them again.

A number, a list or an array is followed by its identity, by shared memory and by its value (round
numbers prove nothing); where Python computed with it in between, by the source (`pyflow`), and
then the link is never certain.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import torch

from gradaudit.probes.callsites import USER, kind_of_file
from gradaudit.probes.forwards import Running
from gradaudit.tracing.calls import Place
from gradaudit.tracing.pyflow import flows
from gradaudit.tracing.taints import Cuts

ESCAPES_KEPT = 256
VALUES_COMPARED = 64
FRAMES_KEPT = 6
FRAMES_LOOKED_AT = 40
LEGACY_NUMEL = 256
"""Elements of a tensor of unknown origin whose values are compared (`torch.Tensor([...])`)."""


class Spot(NamedTuple):
    """A line, and how far in its function's byte code: what comes after what on one line."""

    place: Place
    offset: int


@dataclass(slots=True, eq=False)
class Escape:
    """One value that left; `stack`: the user's lines it left from, innermost first."""

    name: str
    value: Any
    depends: int
    live: int
    cuts: Cuts | None
    stack: tuple[Spot, ...]
    running: Running | None

    @property
    def module(self) -> torch.nn.Module | None:
        """The module whose forward was running."""
        return None if self.running is None else self.running.module

    @property
    def place(self) -> Place | None:
        """The innermost user line."""
        return self.stack[0].place if self.stack else None


def user_stack(frame: FrameType | None) -> tuple[Spot, ...]:
    """The user's lines from here outwards."""
    places: list[Spot] = []
    looked = 0
    while frame is not None and len(places) < FRAMES_KEPT and looked < FRAMES_LOOKED_AT:
        code = frame.f_code
        if kind_of_file(code.co_filename) == USER and code.co_name != "__torch_function__":
            place = Place(frame.f_code, frame.f_lineno, frame.f_globals)
            places.append(Spot(place, frame.f_lasti))
        frame = frame.f_back
        looked += 1
    return tuple(places)


def _is_round(number: float) -> bool:
    """Would many a program hold this number for another reason?"""
    return number != number or number in (float("inf"), float("-inf")) or (
        abs(number) < 1e6 and (number * 1000).is_integer()
    )  # fmt: skip


class Escapes:
    """The latest values that left and depended on parameters."""

    def __init__(self) -> None:
        self._all: deque[Escape] = deque(maxlen=ESCAPES_KEPT)

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, escape: Escape) -> None:
        """Remember it."""
        if isinstance(escape.value, np.ndarray):
            escape.value = weakref.ref(escape.value)
        self._all.append(escape)

    def hold(self, bit: int) -> bool:
        """Has a value left that depends on this leaf?"""
        return any(escape.depends & bit for escape in self._all)

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()

    def among(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType, *, factory: bool
    ) -> list[tuple[Escape, bool]]:
        """Those that these arguments are made of, and whether that is certain."""
        values = list(_python_values(args, 0)) + list(_python_values(tuple(kwargs.values()), 0))
        if not values:
            return []
        exact = [e for e in reversed(self._all) if any(_same(value, e.value) for value in values)]
        if exact:
            return [(one, True) for one in exact[:VALUES_COMPARED]]
        if not factory and not any(isinstance(v, (float, np.generic)) for v in values):
            return []
        return [(one, False) for one in self._through_python(frame)]

    def made(self, tensor: torch.Tensor) -> list[tuple[Escape, bool]]:
        """Those whose numbers a tensor of unknown origin holds."""
        if tensor.device.type != "cpu" or tensor.numel() > LEGACY_NUMEL:
            return []  # elsewhere it would wait for the device
        if tensor.dtype not in (torch.float32, torch.float64):
            return []
        held = {float(v) for v in tensor.detach().reshape(-1).tolist()}
        found: list[tuple[Escape, bool]] = []
        for escape in reversed(self._all):
            number = escape.value
            if isinstance(number, float) and not _is_round(number) and (
                number in held or float(np.float32(number)) in held
            ):  # fmt: skip
                found.append((escape, True))
        return found

    def _through_python(self, frame: FrameType) -> Iterator[Escape]:
        stack = user_stack(frame)
        lines: dict[Any, Spot] = {}
        for spot in stack:
            lines.setdefault(spot.place.code, spot)
        for escape in reversed(self._all):
            for place, offset in escape.stack:
                end = lines.get(place.code)
                if end is None:
                    continue
                # On one line, what is further on in the byte code comes later; in a loop, the
                # beginning of the line is run again, but not with this value.
                later = end.place.line != place.line or end.offset > offset
                if later and flows(place.code, place.names, place.line, end.place.line):
                    yield escape
                break


def _python_values(values: Any, depth: int) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (float, np.ndarray, np.generic)) or (
            isinstance(value, int) and not isinstance(value, bool)
        ):
            yield value
        elif isinstance(value, (list, tuple)) and depth < 4:
            if isinstance(value, list):
                yield value
            yield from _python_values(value[:VALUES_COMPARED], depth + 1)


def _same(value: Any, left: Any) -> bool:
    if isinstance(left, weakref.ref):
        array = left()
        return (
            array is not None
            and isinstance(value, np.ndarray)
            and np.may_share_memory(value, array)
        )
    if isinstance(value, list):
        return value is left or (isinstance(left, list) and any(value is one for one in left))
    if isinstance(value, np.ndarray):
        return False
    if isinstance(left, float):
        if value is left:
            return True
        if isinstance(value, (float, np.generic)):
            number = float(value)
            return number == left and not _is_round(number)
    if isinstance(left, list) and isinstance(value, float) and not _is_round(value):
        return any(one == value for one in _flat(left, 0))
    return False


def _flat(values: list[Any], depth: int) -> Iterator[float]:
    for value in values[:VALUES_COMPARED]:
        if isinstance(value, list) and depth < 4:
            yield from _flat(value, depth + 1)
        elif isinstance(value, float):
            yield value
