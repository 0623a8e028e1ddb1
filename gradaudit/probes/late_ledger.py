"""The ledger where gradients live on a device: nothing that it decides needs their values.

[Note: Presence] A gradient that is there counts as one that holds something (`OK`) until its values
have come. What only values can tell is asked for, and told when it has come: NaN, Inf, zero, and
whether a gradient that was touched, or left as it was, is in truth zero now. What the ledger itself
goes by is which objects there are and what their version counters say. One thing it learns later:
that used gradients were zeroed unseen (`.data.zero_()`). Until it is known they are in doubt, and
where the reading of them is given up they are not called stale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gradaudit.arrays import padded
from gradaudit.events import BoolArray, Status
from gradaudit.probes.late_events import Doubt, LateBackward, LateChange
from gradaudit.probes.late_lanes import is_late, lane_of
from gradaudit.probes.late_reading import Layer, Owed, Reading, ScaledBy
from gradaudit.probes.late_values import Collector, LateMeter
from gradaudit.probes.ledger import Change, GradientLedger
from gradaudit.probes.lookback import Gradients, none_there, version_of
from gradaudit.probes.measure import GradientMeter
from gradaudit.probes.registry import Registry

LOOKS_AROUND = 64
"""Backwards after which it is asked again where the parameters are, if nothing else tells."""


@dataclass(slots=True)
class _Way:
    """Which way was chosen, and for what."""

    known: tuple[int, int, bool] = (-1, -1, True)
    looks: int = 0


class LateLedger(GradientLedger):
    """A `GradientLedger` that reads late what is on a device, unless `sync`."""

    def __init__(self, registry: Registry, meter: GradientMeter, *, sync: bool = False) -> None:
        super().__init__(registry, meter)
        self._sync, self._way = sync, _Way()
        self.late = False
        """Do parameters live on a device whose values are read late?"""
        self._asking, self._asking_some = LateMeter(), LateMeter()
        self._layers: tuple[Layer, ...] = ()
        self._doubts: tuple[Doubt, ...] = ()
        self._before = Owed(self.status, self.norm, ())
        self._inside = Collector()
        self._suspected: BoolArray = np.zeros(0, np.bool_)
        """What was added to a used gradient, and nothing was done to it since."""
        self._will_be_zero: dict[int, int] = {}
        self._zero_grad_ran = self._zeroes_in_place = False
        self._loss: torch.Tensor | None = None
        self._loss_reading: Reading | None = None
        self._scale_there: torch.Tensor | None = None
        """The scale of the next backward, on its device."""
        self.scale_reading: Reading | None = None
        """With the "scale" of the last scaled backward among its numbers."""
        self._scaled_later: BoolArray = np.zeros(0, np.bool_)
        """Whose scale will be known when that reading has come."""

    def _choose_way(self) -> None:
        """Have the parameters moved? Looks at all of them only where something says so."""
        way, refs = self._way, self._registry.refs
        way.looks += 1
        first = refs[0]() if refs else None
        known = (self._registry.generation, len(refs), first is None or first.is_cpu)
        if known == way.known and way.looks % LOOKS_AROUND:
            return
        way.known = known
        devices = {t.device for t in self._registry.tensors() if t is not None}
        late = not self._sync and any(lane_of(device) is not None for device in devices)
        if late != self.late:
            self.late, self._layers, self._doubts = late, (), ()

    # ------------------------------------------------------------------ what is owed

    def owed(self) -> Owed | None:
        """Status and norm as they are now, where some of it has not come yet."""
        return Owed(self.status, self.norm, self._layers) if self._layers else None

    def owed_backward(self, arrived: BoolArray) -> LateBackward | None:
        """What is still to come of the backward that has just ended."""
        if not self.late:
            return None
        now = Owed(self.status, self.norm, self._layers)
        return LateBackward(
            now, self._before, self.stale(arrived), self._doubts, self._loss_reading
        )

    def note_loss(self, roots: tuple[Any, ...]) -> None:
        """The next backward begins at these: its loss is read together with the gradients."""
        self._loss = None
        if self.late and len(roots) == 1 and isinstance(roots[0], torch.Tensor):
            root = roots[0]
            if root.numel() == 1 and root.is_floating_point() and is_late(root.device.type):
                with torch.no_grad():
                    self._loss = root.detach()

    def note_scale(self, scale: torch.Tensor) -> None:
        """The next backward is scaled by this (0-dim, on a device)."""
        self._scale_there = scale

    def _scaled_by(self, where: Any) -> ScaledBy | None:
        mask = self._scaled_later[where]
        reading = self.scale_reading
        return ScaledBy(reading, mask) if reading is not None and mask.any() else None

    def zero_grad_called(self, held: Any) -> None:
        """`zero_grad` is about to run; `set_to_none=False` counts each version up by one."""
        self._zero_grad_ran = True
        if not self.late or not self._zeroes_in_place:
            return
        refs = self._registry.refs
        for i in held:
            tensor = refs[i]()
            gradient = None if tensor is None else tensor.grad
            if gradient is not None:
                self._will_be_zero[int(i)] = version_of(gradient) + 1

    def _drop(self, indices: Any) -> None:
        """What is known of these now needs no reading."""
        if not self._layers:
            return
        gone = np.zeros(len(self.status), np.bool_)
        gone[indices] = True
        left: list[Layer] = []
        for layer in self._layers:
            stay = ~gone[layer.where]
            if stay.all():
                left.append(layer)
            elif stay.any():
                left.append(layer.only(stay))
        self._layers = tuple(left)

    def _owe(self, reading: Reading, where: Any) -> None:
        """These will be what the reading says."""
        where = np.asarray(where, np.int64)
        self._write(where, reading.status[where], reading.norm[where] / self.scale[where])
        if len(reading.asked):
            later = self._scaled_by(where)
            self._layers = (*self._layers, Layer(reading, where, self.scale[where], later))

    # ------------------------------------------------------------------ the ledger's own verbs

    def grow(self) -> None:
        """As the ledger; and the new ones may be elsewhere."""
        n = len(self._seen)
        super().grow()
        if len(self._seen) != n:
            self._suspected = padded(self._suspected, len(self._seen))
            self._scaled_later = padded(self._scaled_later, len(self._seen))
            self._choose_way()

    def _write(self, indices: Any, status: Any, norm: Any) -> None:
        super()._write(indices, status, norm)
        self._drop(indices)

    def _all_gone(self) -> Change:
        self._layers, self._doubts = (), ()
        self._suspected[:] = False
        self._will_be_zero.clear()
        return super()._all_gone()

    def settle(self, gradients: Gradients, *, at_step: bool) -> Change | None:
        """See `GradientLedger.settle`; the answer may be a `LateChange`."""
        if not at_step and not self._sync:
            self._choose_way()
        if not self.late:
            return super().settle(gradients, at_step=at_step)
        different = self._seen.differs(gradients)
        self.assigned, self.some_assigned = self._no, False
        if different and none_there(gradients):
            return self._all_gone()
        if not different and (at_step or not self._some_consumed):
            return None
        return self._settle_late(gradients, different, at_step=at_step)

    def _settle_late(
        self, gradients: Gradients, different: list[int], *, at_step: bool
    ) -> Change | None:
        n = len(gradients)
        had = self._seen.present
        reset, cleared = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        another: list[int] = []
        touched: list[int] = []
        gone: list[int] = []
        zeroed: list[int] = []
        for i in different:
            g = gradients[i]
            if g is None:
                gone.append(i)
                continue
            if self._seen.is_another(i, g):
                another.append(i)
            elif self._will_be_zero.get(i) == version_of(g):
                zeroed.append(i)
                continue
            touched.append(i)
        self._will_be_zero.clear()
        # Gradients outlive `zero_grad` here: from now on it is foreseen that they are zero.
        self._zeroes_in_place |= self._zero_grad_ran and not at_step and bool(touched)
        self._zero_grad_ran = False
        if another:
            self.assigned, self.some_assigned = np.zeros(n, np.bool_), True
            self.assigned[another] = True
        reset[gone] = cleared[gone] = True
        reset[zeroed] = cleared[zeroed] = True
        if gone:
            self._write(gone, Status.NONE, np.nan)
        if zeroed:
            self._write(zeroed, Status.ZERO, 0.0)
        for i in touched:
            if not had[i]:
                continue
            if at_step and (self.fresh[i] or not self.consumed[i]):
                # Scaled, clipped or written over? Without the values: not the stale sum it was.
                reset[i] = self._suspected[i]
            else:
                reset[i] = self.consumed[i]
        suspects = np.zeros(n, np.bool_)
        if not at_step:
            suspects |= self.consumed & had & ~reset
            for doubt in self._doubts:
                suspects &= ~padded(doubt.mask, n)
        read = suspects.copy()
        read[touched] = True
        reading = None
        if read.any():
            chosen = np.flatnonzero(read)
            some: Gradients = [None] * n
            for i in chosen.tolist():
                some[i] = gradients[i]
            reading = self._asking_some.ask(some)
            self._owe(reading, chosen)
            if suspects.any():
                self._doubts = (*self._doubts, Doubt(reading, suspects))
        self._seen.remember(gradients, different)
        self._settled(reset)
        if reading is None:
            return Change(reset, cleared) if reset.any() else None
        return LateChange(reset, cleared, reading, read & had)

    def _settled(self, reset: BoolArray) -> None:
        self.consumed &= ~reset
        self.fresh &= ~reset
        self._suspected &= ~reset
        self._doubts = _without(self._doubts, reset)

    def begin(self) -> None:
        """See `GradientLedger.begin`."""
        super().begin()
        if self.late:
            self._before = Owed(self.status, self.norm, self._layers)

    def arrive(self, scale: float) -> tuple[Gradients, BoolArray]:
        """See `GradientLedger.arrive`."""
        gradients, arrived = super().arrive(scale)
        if self.late:
            self._scaled_later[arrived] = self._scale_there is not None
        return gradients, arrived

    def unscaled(self, held: Any) -> None:
        """See `GradientLedger.unscaled`; what was read before was scaled."""
        super().unscaled(held)
        self._scaled_later[held] = False

    def read_values(self, gradients: Gradients, arrived: BoolArray, *, values: bool) -> None:
        """See `GradientLedger.read_values`; does not wait for what it reads."""
        loss, self._loss, self._loss_reading = self._loss, None, None
        scale, self._scale_there = self._scale_there, None
        if not self.late:
            super().read_values(gradients, arrived, values=values)
            return
        self._inside.send()
        if values:
            self._loss_reading = self._ask_all(gradients, loss, scale)
        else:
            self._by_presence(gradients)
        if self._some_consumed:
            self._suspected |= self.consumed & arrived & self.before

    def _ask_all(
        self, gradients: Gradients, loss: torch.Tensor | None, scale: torch.Tensor | None
    ) -> Reading:
        reading = self._asking.ask(gradients, loss=loss, scale=scale)
        if scale is not None:
            self.scale_reading = reading
        status, norm, layers = reading.status, reading.norm, ()
        if self._some_inside:
            inside = self.stepped_inside & (status == Status.NONE)
            self._drop(np.flatnonzero(~inside))
            layers = self._layers
            status, norm = status.copy(), norm.copy()
            status[inside], norm[inside] = self.status[inside], self.norm[inside]
        self.status, self.norm = status, norm / self.scale if self._scaled else norm
        self._layers = layers
        if len(reading.asked):
            where = reading.asked
            later = self._scaled_by(where)
            self._layers = (*layers, Layer(reading, where, self.scale[where], later))
        return reading

    def _by_presence(self, gradients: Gradients) -> None:
        super()._by_presence(gradients)
        if self._layers:
            self._drop([i for i, g in enumerate(gradients) if g is None])
            self._layers = tuple(replace(layer, carried=True) for layer in self._layers)

    def measure_inside(self, held: Any, gradients: Gradients) -> None:
        """See `GradientLedger.measure_inside`; sent together when the backward ends."""
        if not self.late:
            super().measure_inside(held, gradients)
            return
        chosen = held.tolist()
        reading = self._inside.reading(len(gradients))
        for i in chosen:
            self._inside.add(i, gradients[i])
        self._write(held, reading.status[held], reading.norm[held])
        self._layers = (*self._layers, Layer(reading, held, np.ones(len(held))))
        self.stepped_inside[held] = [gradients[i] is not None for i in chosen]
        self._some_inside = True

    def consume(self, held: Any, *, keeps: bool) -> bool:
        """See `GradientLedger.consume`."""
        kept = super().consume(held, keeps=keeps)
        if self.late:
            self._suspected[held] = False
            if self._doubts:
                used = np.zeros(len(self.status), np.bool_)
                used[held] = True
                self._doubts = _without(self._doubts, used)
        return kept


def _without(doubts: tuple[Doubt, ...], mask: BoolArray) -> tuple[Doubt, ...]:
    left = ((one, one.mask & ~padded(mask, len(one.mask))) for one in doubts)
    return tuple(Doubt(one.reading, mine) for one, mine in left if mine.any())
