"""What each `.grad` was at the last look: the same object, unchanged, consumed, zero?

[Note: Looks] `.grad` is looked at when a backward begins and ends, and at optimizer steps; never by
a hook on a tensor. Between two looks a gradient can be left alone, added to (by a backward), reset
(None, another object, zeroed) or touched (scaled, clipped by hand). Objects are compared by weak
reference, for an id is reused as soon as the old gradient is freed; values by the version counter,
and where that cannot know (`.data.zero_()`, numpy) by looking at the values of those gradients
that matter: the consumed ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradaudit.arrays import IS_EMPTY, IS_NOTHING
from gradaudit.events import BoolArray, ByteArray, FloatArray, Status
from gradaudit.probes.lookback import Gradients, Lookback, grads_of, none_there
from gradaudit.probes.measure import GradientMeter, has_nonzero, sample
from gradaudit.probes.registry import Registry

SIGNS_KEPT = 0.95
"""Share of signs that a gradient keeps when it is scaled or clipped, not overwritten."""


@dataclass(slots=True)
class Change:
    """What happened to gradients between two looks, outside any backward."""

    reset: BoolArray
    cleared: BoolArray


def _only(gradients: Gradients, indices: list[int]) -> Gradients:
    chosen: Gradients = [None] * len(gradients)
    for i in indices:
        chosen[i] = gradients[i]
    return chosen


def _filled(n: int, value: Any, dtype: Any) -> Any:
    array = np.full(n, value, dtype)
    array.setflags(write=False)
    return array


class GradientLedger:
    """The state of every audited gradient at the last look; see [Note: Looks].

    `status`, `norm`, `before` and `assigned` are replaced, never written to: events share them.
    """

    def __init__(self, registry: Registry, meter: GradientMeter) -> None:
        self._registry, self._meter = registry, meter
        self._touched_meter = GradientMeter()
        self._seen = Lookback()
        self.status: ByteArray = np.zeros(0, np.uint8)
        self.norm: FloatArray = np.zeros(0)
        self.consumed: BoolArray = np.zeros(0, np.bool_)
        self._some_consumed = False
        self.scale: FloatArray = np.zeros(0)
        self._scaled = False
        self.before: BoolArray = np.zeros(0, np.bool_)
        self.stepped_inside: BoolArray = np.zeros(0, np.bool_)
        self._some_inside = False
        self.assigned: BoolArray = np.zeros(0, np.bool_)
        self.some_assigned = False
        self.fresh: BoolArray = np.zeros(0, np.bool_)
        self._samples: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}
        self._witness = -1
        self._clipped = False
        self._no: BoolArray = np.zeros(0, np.bool_)
        self._no_status: ByteArray = np.zeros(0, np.uint8)
        self._no_norm: FloatArray = np.zeros(0)

    def grow(self) -> None:
        """Make room for parameters that were added to the registry."""
        n, old = len(self._registry), len(self._seen)
        if n == old:
            return
        self._seen.sharded = any(hasattr(t, "_local_tensor") for t in self._registry.tensors())
        self._seen.grow(n)

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
        self._no = _filled(n, 0, np.bool_)
        self._no_status = _filled(n, Status.NONE, np.uint8)
        self._no_norm = _filled(n, np.nan, np.float64)
        self.assigned = self._no

    def _write(self, indices: Any, status: Any, norm: Any) -> None:
        """Other statuses and norms for some."""
        self.status, self.norm = self.status.copy(), self.norm.copy()
        self.status[indices], self.norm[indices] = status, norm

    def forget(self, indices: list[int]) -> None:
        """Another tensor has taken these slots."""
        self._write(indices, Status.NONE, np.nan)
        for i in indices:
            self._seen.forget(i)
            self.consumed[i] = False
            self._samples.pop(i, None)

    def release(self, gradient: torch.Tensor) -> None:
        """Keep no reference to this gradient."""
        self._seen.release(gradient)

    def read(self) -> Gradients:
        """Every audited tensor's `.grad` now."""
        gradients = grads_of(self._registry.refs)
        if gradients is None:  # one of the tensors is gone
            return [None if t is None else t.grad for t in self._registry.tensors()]
        return gradients

    @property
    def nothing_there(self) -> bool:
        """At the last look there was no gradient at all."""
        return self._seen.none_present

    def some_present(self, mask: BoolArray) -> bool:
        """Had one of these a gradient at the last look?"""
        return bool(mask.any()) and bool((self._seen.present & mask).any())

    def nonzero(self) -> BoolArray:
        """Which gradients held something at the last look."""
        return self._no if self.status is self._no_status else ~IS_EMPTY[self.status]

    def settle(self, gradients: Gradients, *, at_step: bool) -> Change | None:
        """What changed since the last look, outside a backward; None for nothing.

        At a step, a gradient that was scaled or clipped by hand is still the gradient it was. When
        a backward begins, one that was touched after being consumed is a new beginning.
        """
        self.assigned, self.some_assigned = self._no, False
        if not self._seen.none_present and none_there(gradients):
            return self._all_gone()
        different = self._seen.differs(gradients)
        if different:
            return self._settle(gradients, different, at_step=at_step)
        if at_step:
            if not self._may_be_zero(gradients):
                return None
        elif not self._some_consumed:
            return None
        return self._settle(gradients, different, at_step=at_step)

    def _all_gone(self) -> Change:
        """Every gradient is None now: what most loops do before each backward."""
        reset = self._seen.present
        self.status, self.norm = self._no_status, self._no_norm
        self._seen.all_gone()
        self.consumed[:] = False
        self.fresh[:] = False
        self._some_consumed = False
        self._samples.clear()
        return Change(reset, reset)

    def _settle(
        self, gradients: Gradients, different: list[int], *, at_step: bool
    ) -> Change | None:
        n = len(gradients)
        had = self._seen.present
        reset, cleared = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        seen = self._seen
        another = [
            i for i in different if (g := gradients[i]) is not None and seen.is_another(i, g)
        ]
        if another:
            self.assigned, self.some_assigned = np.zeros(n, np.bool_), True
            self.assigned[another] = True
        touched = [i for i in different if gradients[i] is not None]
        gone = [i for i in different if gradients[i] is None]
        reset[gone] = cleared[gone] = True
        if gone:
            self._write(gone, Status.NONE, np.nan)
        if touched:
            status, norm = self._touched_meter.measure(
                _only(gradients, touched) if len(touched) < n else gradients
            )
            self._write(touched, status[touched], norm[touched] / self.scale[touched])
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
        # Zeroing through .data or numpy moves no version counter.
        unseen = [i for i in suspects if (g := gradients[i]) is not None and not has_nonzero(g)]
        if unseen:
            reset[unseen] = cleared[unseen] = True
            self._write(unseen, Status.ZERO, 0.0)
        self._seen.remember(gradients, different)
        self.consumed &= ~reset
        self.fresh &= ~reset
        for i in np.flatnonzero(reset).tolist():
            self._samples.pop(i, None)
        return Change(reset, cleared) if reset.any() else None

    def _may_be_zero(self, gradients: Gradients) -> bool:
        """Were the fresh gradients zeroed unseen? Asks one of them: loops zero all or none."""
        if self._clipped:
            return False  # clipping writes zeros as well, where the total norm is infinite
        i = self._witness
        if not (0 <= i < len(gradients) and self.fresh[i] and self.norm[i] > 0.0):
            i = self._witness = self._choose_witness()
            if i < 0:
                return False
        g = gradients[i]
        return g is not None and g.device.type == "cpu" and not has_nonzero(g)

    def _choose_witness(self) -> int:
        """The smallest of the fresh gradients that are not zero, -1 where there is none."""
        candidates = np.flatnonzero(self.fresh & (self.norm > 0.0))
        if not len(candidates):
            return -1
        infos = self._registry.infos
        return int(min(candidates.tolist(), key=lambda i: infos[i].numel or 1 << 62))

    def _zeroed_unseen(self, gradients: Gradients, candidates: BoolArray) -> list[int]:
        """Fresh gradients to look at again: none, unless the one that is asked is zero now."""
        if not candidates.any() or not self._may_be_zero(gradients):
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

    def begin(self) -> None:
        """A backward begins; `settle` has been called."""
        self.before = self.nonzero()
        self._clipped = False
        if self._some_inside:
            self.stepped_inside[:] = False
            self._some_inside = False

    def arrive(self, scale: float) -> tuple[Gradients, BoolArray]:
        """A backward has ended: all gradients, and which parameters something was added to. Reads
        no value.
        """
        gradients, arrived = self._arrivals()
        if scale != 1.0 or self._scaled:
            self.scale[arrived] = scale
            self._scaled = bool((self.scale != 1.0).any())
        self.fresh |= arrived
        return gradients, arrived

    def read_values(self, gradients: Gradients, arrived: BoolArray, *, values: bool) -> None:
        """Status and norm of what the backward has left."""
        if values:
            status, norm = self._meter.measure(gradients)
            if self._some_inside:
                inside = self.stepped_inside & (status == Status.NONE)
                status, norm = status.copy(), norm.copy()
                status[inside], norm[inside] = self.status[inside], self.norm[inside]
            self.status, self.norm = status, norm / self.scale if self._scaled else norm
        else:
            self._by_presence(gradients)
        if self._some_consumed:
            for i in np.flatnonzero(self.consumed & arrived & self.before).tolist():
                g = gradients[i]
                if g is not None:
                    self._samples[i] = sample(g)

    def read_leftovers(self, gradients: Gradients, arrived: BoolArray, usual: ByteArray) -> None:
        """As `read_values`, a moment after the backward. Those that were touched meanwhile no
        longer show what it has left: they keep the status that is usual, and have no norm.
        """
        touched = self._seen.differs(gradients)
        if not touched:
            self.read_values(gradients, arrived, values=True)
            return
        left: Gradients = list(gradients)
        for i in touched:
            left[i] = None
        self.read_values(left, arrived, values=True)
        there = np.where(self._seen.present[touched], Status.OK, Status.NONE)
        known = np.where(usual[touched] == Status.ZERO, Status.ZERO, there)
        self._write(touched, known, np.nan)

    def values_are(self, status: ByteArray, norm: FloatArray) -> None:
        """What `total` has found, of gradients without a scale."""
        self.status, self.norm = status, norm
        self._meter.took(status, norm)

    @property
    def is_scaled(self) -> bool:
        """Is there a gradient scale on any of them?"""
        return self._scaled

    def total(self, gradients: Gradients) -> tuple[ByteArray, FloatArray, torch.Tensor] | None:
        """See `GradientMeter.total`."""
        return self._meter.total(gradients)

    def are_still(self, norm: FloatArray) -> bool:
        """Are these, of all values as they are now, the norms that the backward has left?"""
        return self._meter.agrees(norm, self.norm)

    def read_untouched(self) -> Gradients | None:
        """All gradients; None where one is missing, or not what it was at the last look."""
        return self._seen.read_same(self._registry.refs)

    def is_untouched(self, gradients: Gradients) -> bool:
        """Are these what they were at the last look, as far as version counters tell?"""
        return not self._seen.differs(gradients)

    def _arrivals(self) -> tuple[Gradients, BoolArray]:
        """Which gradients are other objects, or changed, since the backward began."""
        from_none = self._seen.none_present
        gradients = self._seen.remember_read(self._registry.refs) if from_none else None
        if gradients is not None:
            arrived = self._seen.present
            return gradients, arrived | self.stepped_inside if self._some_inside else arrived
        gradients = self.read()
        if from_none:
            self._seen.remember_all(gradients)
            arrived = self._seen.present
        elif (changed := self._seen.refresh(gradients)) is not None:
            arrived = changed
        else:
            different = self._seen.differs(gradients)
            arrived = np.zeros(len(gradients), np.bool_)
            arrived[[i for i in different if gradients[i] is not None]] = True
            self._seen.remember(gradients, different)
        return gradients, arrived | self.stepped_inside if self._some_inside else arrived

    def _by_presence(self, gradients: Gradients) -> None:
        """What can be said without reading a value."""
        status, norm = self.status.copy(), self.norm.copy()
        absent = np.array([g is None for g in gradients], np.bool_)
        unknown = IS_NOTHING[status] & ~absent
        status[absent], norm[absent] = Status.NONE, np.nan
        status[unknown] = Status.OK
        self.status, self.norm = status, norm

    def measure_inside(self, held: Any, gradients: Gradients) -> None:
        """A step inside a backward (one optimizer per parameter): its gradient is final now."""
        chosen = held.tolist()
        status, norm = GradientMeter().measure(_only(gradients, chosen))
        self._write(held, status[held], norm[held])
        self.stepped_inside[held] = [gradients[i] is not None for i in chosen]
        self._some_inside = True

    def stale(self, arrived: BoolArray) -> BoolArray | None:
        """Added onto a gradient that a step had used already and nobody reset; None for none."""
        if not self._some_consumed:
            return None
        stale = self.consumed & arrived & self.before
        return stale if stale.any() else None

    def consume(self, held: Any, *, keeps: bool) -> bool:
        """A step has used these; whatever it did to them in place is its own business.

        `keeps`: this optimizer is known to leave gradients as they are; then only two are asked.
        Returns whether it has left them.
        """
        kept = True
        if not keeps or not self._same(held):
            gradients = self.read()
            kept = not self._seen.differs(gradients)
            self._seen.remember(gradients, held.tolist())
        if len(held) == len(self.fresh):
            self.fresh[:] = False
            self.consumed[:] = self._seen.present
        else:
            self.fresh[held] = False
            self.consumed[held] = self._seen.present[held]
        self._some_consumed = True
        if self._samples:
            for i in held.tolist():
                self._samples.pop(i, None)
        return kept

    def _same(self, held: Any) -> bool:
        refs, seen = self._registry.refs, self._seen
        return not len(held) or all(seen.is_as_before(i, refs[i]()) for i in (held[0], held[-1]))

    def used_by_hand(self, held: Any) -> None:
        """The loop itself has moved these parameters along their gradients."""
        self.consumed[held] = True
        self._some_consumed = True

    def unscaled(self, held: Any) -> None:
        """From now on these are what they would be without a scaler."""
        self.scale[held] = 1.0
        self._scaled = bool((self.scale != 1.0).any())

    def rebase(self, gradients: Gradients) -> None:
        """Changes since the last look are explained (clipping): keep the known values."""
        self._clipped = True
        if self._seen.refresh(gradients) is None:
            self._seen.remember(gradients, self._seen.differs(gradients))
