"""What each `.grad` was at the last look: the same object, unchanged, consumed, zero?

[Note: Looks] `.grad` is looked at when a backward begins and ends, and at optimizer steps; never by
a hook on a tensor. Between two looks a gradient can be left alone, added to (by a backward), reset
(None, another object, zeroed) or touched (scaled, clipped by hand). Objects are compared by weak
reference, for an id is reused as soon as the old gradient is freed; values by the version counter,
and where that cannot know (`.data.zero_()`, numpy) by looking at the values of those gradients
that matter: the consumed ones.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradaudit.arrays import IS_EMPTY
from gradaudit.events import BoolArray, Status
from gradaudit.probes.measure import GradientMeter, has_nonzero, sample
from gradaudit.probes.registry import Registry

Gradients = list["torch.Tensor | None"]

SIGNS_KEPT = 0.95
"""Share of signs that a gradient keeps when it is scaled or clipped, not overwritten."""


def version_of(gradient: torch.Tensor) -> int:
    """Moves with every tracked in-place change. A DTensor has two counters; -1 where there is none.

    FSDP2 counts accumulation on the local shard and `zero_` on the DTensor itself.
    """
    try:
        local: Any = getattr(gradient, "_local_tensor", None)
        if local is not None:
            return gradient._version * (1 << 32) + local._version
        return gradient._version
    except RuntimeError:  # an inference tensor tracks no version
        return -1


def _plain_version(gradient: torch.Tensor) -> int:
    try:
        return gradient._version
    except RuntimeError:
        return -1


@dataclass(slots=True)
class Change:
    """What happened to gradients between two looks, outside any backward."""

    reset: BoolArray
    cleared: BoolArray


def _is_another(ref: Any, gradient: torch.Tensor | None) -> bool:
    return gradient is not None and (ref is None or ref() is not gradient)


def _only(gradients: Gradients, indices: list[int]) -> Gradients:
    chosen: Gradients = [None] * len(gradients)
    for i in indices:
        chosen[i] = gradients[i]
    return chosen


class GradientLedger:
    """The state of every audited gradient at the last look; see [Note: Looks]."""

    def __init__(self, registry: Registry, meter: GradientMeter) -> None:
        self._registry, self._meter = registry, meter
        self._touched_meter = GradientMeter()
        self._refs: list[Any] = []
        self._sharded = False
        self._versions: list[int] = []
        self.status = np.zeros(0, np.uint8)
        self.norm = np.zeros(0)
        self.consumed: BoolArray = np.zeros(0, np.bool_)
        self.scale = np.zeros(0)
        self.before: BoolArray = np.zeros(0, np.bool_)
        self.stepped_inside: BoolArray = np.zeros(0, np.bool_)
        self.assigned: BoolArray = np.zeros(0, np.bool_)
        self.fresh: BoolArray = np.zeros(0, np.bool_)
        self._samples: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}

    def grow(self) -> None:
        """Make room for parameters that were added to the registry."""
        n, old = len(self._registry), len(self._refs)
        if n == old:
            return
        self._sharded = any(hasattr(t, "_local_tensor") for t in self._registry.tensors())
        self._refs.extend([None] * (n - old))
        self._versions.extend([-1] * (n - old))

        def longer(array: Any, fill: float) -> Any:
            new = np.full(n, fill, array.dtype)
            new[:old] = array
            return new

        self.status = longer(self.status, Status.NONE)
        self.norm = longer(self.norm, np.nan)
        self.consumed = longer(self.consumed, 0)
        self.scale = longer(self.scale, 1)
        self.before = longer(self.before, 0)
        self.fresh = longer(self.fresh, 0)
        self.stepped_inside = longer(self.stepped_inside, 0)

    def forget(self, indices: list[int]) -> None:
        """Another tensor has taken these slots."""
        for i in indices:
            self._refs[i], self._versions[i] = None, -1
            self.status[i], self.norm[i] = Status.NONE, np.nan
            self.consumed[i] = False
            self._samples.pop(i, None)

    def release(self, gradient: torch.Tensor) -> None:
        """Keep no reference to this gradient."""
        for i, ref in enumerate(self._refs):
            if ref is not None and ref() is gradient:
                self._refs[i] = None

    def read(self) -> Gradients:
        """Every audited tensor's `.grad` now."""
        return [None if t is None else t.grad for t in self._registry.tensors()]

    def _differs(self, gradients: Gradients) -> list[int]:
        """Indices whose gradient is another object, or was changed in place (tracked)."""
        everything = zip(self._refs, gradients, self._versions, strict=True)
        try:
            if not self._sharded:
                return [
                    i
                    for i, (ref, g, version) in enumerate(everything)
                    if (
                        ref is not None
                        if g is None
                        else ref is None or ref() is not g or g._version != version
                    )
                ]
        except RuntimeError:  # an inference tensor among them
            everything = zip(self._refs, gradients, self._versions, strict=True)
        return [
            i
            for i, (ref, g, version) in enumerate(everything)
            if (
                ref is not None
                if g is None
                else ref is None or ref() is not g or version_of(g) != version
            )
        ]

    def _remember(self, gradients: Gradients, indices: Any) -> None:
        refs, versions = self._refs, self._versions
        for i in indices:
            g = gradients[i]
            if g is None:
                refs[i], versions[i] = None, -1
            else:
                ref = refs[i]
                if ref is None or ref() is not g:
                    refs[i] = weakref.ref(g)
                versions[i] = version_of(g) if self._sharded else _plain_version(g)

    def nonzero(self) -> BoolArray:
        """Which gradients held something at the last look."""
        return ~IS_EMPTY[self.status]

    def settle(self, gradients: Gradients, *, at_step: bool) -> Change | None:
        """What changed since the last look, outside a backward; None for nothing.

        At a step, a gradient that was scaled or clipped by hand is still the gradient it was. When
        a backward begins, one that was touched after being consumed is a new beginning.
        """
        n = len(gradients)
        had = np.array([ref is not None for ref in self._refs], np.bool_)
        different = self._differs(gradients)
        reset, cleared = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        self.assigned = np.zeros(n, np.bool_)
        self.assigned[[i for i in different if _is_another(self._refs[i], gradients[i])]] = True
        touched = [i for i in different if gradients[i] is not None]
        gone = [i for i in different if gradients[i] is None]
        reset[gone] = cleared[gone] = True
        self.status[gone], self.norm[gone] = Status.NONE, np.nan
        if touched:
            status, norm = self._touched_meter.measure(
                _only(gradients, touched) if len(touched) < n else gradients
            )
            self.status[touched] = status[touched]
            self.norm[touched] = norm[touched] / self.scale[touched]
            zero = np.array([i for i in touched if status[i] == Status.ZERO and had[i]], np.int64)
            reset[zero] = cleared[zero] = True
            for i in touched:
                if reset[i] or not had[i]:
                    continue
                if at_step and (self.fresh[i] or not self.consumed[i]):
                    reset[i] = i in self._samples and not self._same_signs(i, gradients[i])
                else:
                    reset[i] = bool(self.consumed[i])
        if at_step:
            suspects = self._zeroed_unseen(gradients, self.fresh & had & ~reset)
        else:
            suspects = np.flatnonzero(self.consumed & had & ~reset).tolist()
        if suspects:
            for i in suspects:
                g = gradients[i]
                # Zeroing through .data or numpy moves no version counter.
                if g is not None and not has_nonzero(g):
                    reset[i] = cleared[i] = True
                    self.status[i], self.norm[i] = Status.ZERO, 0.0
        self._remember(gradients, different)
        self.consumed &= ~reset
        self.fresh &= ~reset
        for i in np.flatnonzero(reset).tolist():
            self._samples.pop(i, None)
        return Change(reset, cleared) if reset.any() else None

    def _zeroed_unseen(self, gradients: Gradients, candidates: BoolArray) -> list[int]:
        """Fresh gradients to look at again: none, unless the largest of them is zero now."""
        norms = np.where(candidates, np.nan_to_num(self.norm), 0.0)
        largest = int(np.argmax(norms)) if len(norms) else 0
        if not len(norms) or norms[largest] <= 0.0:
            return []
        g = gradients[largest]
        if g is None or g.device.type != "cpu" or has_nonzero(g):
            return []
        return np.flatnonzero(candidates).tolist()

    def _same_signs(self, index: int, gradient: torch.Tensor | None) -> bool:
        before = self._samples[index]
        if gradient is None:
            return False
        now = sample(gradient)
        if len(now) != len(before):
            return False
        finite = np.isfinite(before) & np.isfinite(now)
        both = finite & (before != 0) & (now != 0)
        if not both.any():
            # Nothing to compare but what is not finite: NaN in the same places is the same.
            return bool((~np.isfinite(before)).any()) and bool(
                np.array_equal(np.isfinite(before), np.isfinite(now))
            )
        return bool((np.sign(before[both]) == np.sign(now[both])).mean() >= SIGNS_KEPT)

    def begin(self, gradients: Gradients) -> None:
        """A backward begins; `settle` has been called."""
        self.before = self.nonzero()
        self.stepped_inside[:] = False

    def end(self, gradients: Gradients, scale: float, *, values: bool) -> BoolArray:
        """A backward has ended: measure, and return which parameters something was added to."""
        n = len(gradients)
        different = self._differs(gradients)
        arrived = self.stepped_inside.copy()
        arrived[[i for i in different if gradients[i] is not None]] = True
        self._remember(gradients, different)
        self.scale[arrived] = scale
        self.fresh |= arrived
        if values:
            status, norm = self._meter.measure(gradients)
            inside = self.stepped_inside & (status == Status.NONE)
            status[inside], norm[inside] = self.status[inside], self.norm[inside]
            self.status, self.norm = status, norm / self.scale
        else:
            for i in range(n):
                known = self.status[i] not in (Status.NONE, Status.ZERO)
                if gradients[i] is None:
                    self.status[i], self.norm[i] = Status.NONE, np.nan
                elif not known:
                    self.status[i] = Status.OK
        for i in np.flatnonzero(self.consumed & arrived & self.before).tolist():
            g = gradients[i]
            if g is not None:
                self._samples[i] = sample(g)
        return arrived

    def stale(self, arrived: BoolArray) -> BoolArray:
        """Added onto a gradient that a step had used already and nobody reset."""
        return self.consumed & arrived & self.before

    def consume(self, indices: Any) -> None:
        """A step has used these; whatever it did to them in place is its own business."""
        gradients = self.read()
        self._remember(gradients, indices)
        present = np.array([g is not None for g in gradients], np.bool_)
        self.consumed[indices] = present[indices]
        self.fresh[indices] = False
        for i in indices:
            self._samples.pop(int(i), None)

    def rebase(self, gradients: Gradients) -> None:
        """Changes since the last look are explained (clipping): keep the known values."""
        self._remember(gradients, self._differs(gradients))
