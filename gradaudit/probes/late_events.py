"""Events of which a part is still on its way from a device, and how they become whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradaudit.arrays import IS_EMPTY, padded
from gradaudit.events import BackwardEnded, BoolArray, ByteArray
from gradaudit.probes.late_reading import Owed, Reading
from gradaudit.probes.ledger import Change

Overlay = Callable[[ByteArray, "BoolArray | None"], ByteArray]
"""Takes statuses and a mask of the stale ones, and gives the statuses that an event tells."""


@dataclass(slots=True)
class LateChange(Change):
    """A change of which a part is to be read: `candidates` that turn out to be zero were reset."""

    reading: Reading
    candidates: BoolArray

    def resolved(self) -> Change | None:
        """What happened, now that the reading is there; None for nothing."""
        zero = self.candidates & padded(self.reading.zero(), len(self.reset))
        reset = self.reset | zero
        return Change(reset, self.cleared | zero) if reset.any() else None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Used gradients that may have been zeroed unseen: `reading` says of `mask` whether."""

    reading: Reading
    mask: BoolArray


@dataclass(frozen=True, slots=True)
class LateBackward:
    """What is still to come of one backward.

    `now`: of the gradients after it; `before`: as they were when it began; `stale`: onto which of
    them it added something though they were used, if they held anything; `loss`: the reading that
    has the loss with it.
    """

    now: Owed
    before: Owed
    stale: BoolArray | None
    doubts: tuple[Doubt, ...]
    loss: Reading | None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All that has to be there first."""
        own = () if self.loss is None else (self.loss,)
        return (*self.before.readings, *self.now.readings, *own, *(d.reading for d in self.doubts))

    def complete(self, event: BackwardEnded, overlay: Overlay) -> BackwardEnded:
        """The event with its values."""
        n = len(event.arrived)
        status, norm = self.now.resolved()
        before = padded(~IS_EMPTY[self.before.resolved()[0]], n)
        changed: dict[str, Any] = {}
        loss, scale = self.loss, event.scale
        more = {} if loss is None else loss.more
        if event.scaled and scale == 1.0 and more.get("scale", 0.0) > 0.0:
            changed["scale"] = scale = more["scale"]
        if "loss" in more and not event.loss_known:
            changed |= {"loss": more["loss"] / scale, "loss_known": True}
        elif event.loss_known and scale != event.scale:
            changed["loss"] = event.loss / scale
        measured = event.measured and not self.now.given_up()
        if loss is not None and loss.given_up:
            measured = False
        return replace(
            event,
            before=before,
            status=overlay(status, self._stale(before)),
            norm=norm,
            measured=measured,
            **changed,
        )

    def _stale(self, before: BoolArray) -> BoolArray | None:
        if self.stale is None:
            return None
        n = len(before)
        stale = padded(self.stale, n) & before
        for doubt in self.doubts:
            unsure = np.full(n, True) if doubt.reading.given_up else padded(doubt.reading.zero(), n)
            stale &= ~(padded(doubt.mask, n) & unsure)
        return stale if stale.any() else None
