"""What a value depends on, and where that was cut: a note beside each tensor, never on it."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import torch

from gradaudit.tracing.calls import Place

Cuts = dict[int, int]
"""Number of a cut -> mask of the leaves that were lost there and not found again since."""


class Parts(NamedTuple):
    """What some tensors together depend on, are live for, and were cut at."""

    depends: int
    live: int
    cuts: Cuts | None


class Summand(NamedTuple):
    """One term of a sum: `depends`, `live`: masks; `cuts`; `place`: where it was added."""

    depends: int
    live: int
    cuts: Cuts
    place: Place | None


class Taint:
    """`depends`: mask of leaves the value depends on; `live`: those its gradient arrives at."""

    __slots__ = ("cuts", "depends", "live", "minus", "ref", "summands")

    def __init__(self, tensor: torch.Tensor, depends: int, live: int, cuts: Cuts | None) -> None:
        self.ref = weakref.ref(tensor)
        self.depends, self.live = depends, live
        self.cuts: Cuts | None = cuts
        self.summands: tuple[Summand, ...] | None = None
        self.minus: tuple[int, ...] = ()
        """Ids of the tensors it is the difference of (for straight-through estimators)."""


class Taints:
    """Notes by identity. An id that another object has taken over by now is not believed."""

    def __init__(self) -> None:
        self._notes: dict[int, Taint] = {}

    def of(self, tensor: torch.Tensor) -> Taint | None:
        """The note of this very tensor."""
        note = self._notes.get(id(tensor))
        return note if note is not None and note.ref() is tensor else None

    def put(self, tensor: torch.Tensor, note: Taint) -> None:
        """Keep this note beside the tensor."""
        self._notes[id(tensor)] = note

    def drop(self, tensor: Any) -> None:
        """Forget what was noted of it."""
        self._notes.pop(id(tensor), None)

    def tensors(self) -> list[torch.Tensor]:
        """Those that are still alive."""
        return [t for note in self._notes.values() if (t := note.ref()) is not None]

    def clear(self) -> None:
        """Forget everything."""
        self._notes.clear()

    def __len__(self) -> int:
        return len(self._notes)


def merged(first: Cuts | None, second: Cuts | None) -> Cuts | None:
    """Both together; the arguments are left as they are."""
    if not first:
        return second
    if not second:
        return first
    result = dict(first)
    for number, mask in second.items():
        result[number] = result.get(number, 0) | mask
    return result


def without(cuts: Cuts | None, live: int) -> Cuts | None:
    """The cuts that still matter for a value whose gradient arrives at `live`."""
    if not cuts:
        return None
    if live == 0:
        return cuts
    return {number: left for number, mask in cuts.items() if (left := mask & ~live)} or None
