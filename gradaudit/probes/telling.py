"""What several listeners tell of: statuses, resets, and what a step uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gradaudit import events
from gradaudit.arrays import IS_BAD
from gradaudit.events import Event, Site, Status
from gradaudit.probes.base import ProbeBase
from gradaudit.probes.callsites import here
from gradaudit.probes.directions import Few
from gradaudit.probes.late_events import LateChange
from gradaudit.probes.ledger import Change
from gradaudit.probes.registry import Trainable


class TellingBase(ProbeBase):
    """A `ProbeBase` with words that more than one listener needs."""

    def _status(self, trainable: Trainable, stale: Any = None, expected: Any = None) -> Any:
        """`expected`: those that are judged, where that is not `trainable.expected`."""
        return self._overlaid(self._ledger.status, trainable, stale, expected)

    def _overlaid(
        self, status: Any, trainable: Trainable, stale: Any = None, expected: Any = None
    ) -> Any:
        everything = trainable.everything if expected is None else bool(expected.all())
        if everything and stale is None:
            return status
        status = status.copy()
        if stale is not None:
            status[stale & ((status == events.OK) | (status == events.ZERO))] = Status.STALE
        if not everything:
            expected = trainable.expected if expected is None else expected
            status[~expected] = Status.SKIPPED
            status[trainable.frozen & trainable.alive & ~expected] = Status.FROZEN
        return status

    def _nothing(self, n: int) -> Any:
        if len(self._no) != n:
            self._no = np.zeros(n, np.bool_)
            self._no.setflags(write=False)
        return self._no

    def _tell_reset(self, change: Change | None) -> None:
        if change is None:
            if self._zeroed:
                self._zeroed = []
            return
        calls, self._zeroed = self._zeroed, []
        step, changed = self.step, self.known.changed_by_hand()
        if isinstance(change, LateChange):
            late = change
            self.late.defer(
                (late.reading,), lambda: self._resets(late.resolved(), calls, step, changed)
            )
            return
        for event in self._resets(change, calls, step, changed):
            self.feed(event)

    def _resets(
        self, change: Change | None, calls: list[tuple[Any, Site | None]], step: int, changed: Any
    ) -> Iterator[events.GradientsReset]:
        """By which call, or by hand. `changed`: parameters whose values were changed by hand."""
        if change is None:
            return
        rest = change.reset
        for indices, site in reversed(calls):
            if change.cleared is change.reset is rest and len(indices) == len(rest):
                mine, rest = rest, self._nothing(len(rest))  # all of them by this one call
            else:
                mine = np.zeros_like(rest)
                mine[np.asarray(indices, np.int64)] = True
                mine &= rest & change.cleared
                rest = rest & ~mine
            if mine.any():
                mine = self._interned.reset(mine)
                yield events.GradientsReset(
                    step=step, reset=mine, cleared=mine, by="zero_grad",
                    site=site, values_changed=changed,
                )  # fmt: skip
        if rest.any():
            rest = self._interned.reset(rest)
            cleared = rest if change.cleared is change.reset else rest & change.cleared
            yield events.GradientsReset(
                step=step, reset=rest, cleared=cleared, values_changed=changed
            )

    def _manual_step(self) -> None:
        """Did the loop itself move parameters that no optimizer holds, since the last backward?"""
        watched = self._values.still_watched()
        if not watched:
            return
        moved, follows = self._values.moved_by_hand()
        held_now = self.known.held_by_any()
        moved = [i for i in moved if i not in held_now]
        if not moved:
            return
        held = np.asarray(sorted(moved), np.int32)
        index, seen = self.known.manual(held, self.step)
        if seen is not None:
            self.feed(seen)
        event = self._step_event(index, held, manual=True, follows=follows)
        self._tell_step(event)
        bad = IS_BAD[event.status]
        if follows and bad.any():
            checked = self._values.after_step(event, stale_casts=False, rates=dict)
            if checked is not None:
                self.feed(checked)
        if follows:
            # As they were then: what has become of them since is what `settle` will find.
            self._ledger.used_by_hand(held)

    def _step_event(
        self,
        index: int,
        held: Any,
        *,
        manual: bool = False,
        follows: bool = True,
        inside: bool = False,
    ) -> events.StepTaken:
        trainable, ledger = self.registry.trainable(), self._ledger
        frozen, expected = trainable.frozen, None
        if trainable.some_frozen:
            # Frozen between backward and step (a toggle): it learns from this step all the same.
            waiting = ledger.fresh & frozen
            frozen = frozen & ~waiting
            expected = trainable.expected | waiting
        status = self._status(trainable, expected=expected)
        owed = ledger.owed()
        self._owed = None if owed is None else (owed, trainable, expected)
        norm, handmade = ledger.norm, False
        if not self.known.holds_everything(index, held):
            status, norm, frozen = status[held], norm[held], frozen[held]
        if ledger.some_assigned and len(held):
            handmade = 2 * int(ledger.assigned[held].sum()) > len(held)
        interned = self._interned
        return events.StepTaken(
            step=self.step,
            optimizer=index,
            number=self.known.count(index),
            held=held,
            status=interned.consumed(status),
            norm=norm,
            frozen=interned.frozen(frozen),
            evaluations=self._evaluation,
            inside_backward=inside,
            manual=manual,
            follows_gradient=follows,
            handmade=handmade,
            site=here(),
        )

    def _tell_step(self, event: events.StepTaken, found_inf: Any = None) -> None:
        """Of `_step_event`, when its values are there. `found_inf`: see [Note: Fused]."""
        late, self._owed = self._owed, None
        fused = isinstance(found_inf, torch.Tensor)
        few = Few(found_inf, late=self._ledger.late) if fused else None
        if late is None and few is None:
            self.feed(event)
            return

        def whole() -> Iterator[Event]:
            status, norm = event.status, event.norm
            if late is not None:
                owed, trainable, expected = late
                status, norm = owed.resolved()
                status = self._overlaid(status, trainable, expected=expected)[event.held]
                norm = norm[event.held]
            if few is not None and few.is_above_zero():
                status, norm = np.full_like(status, Status.SKIPPED), np.full_like(norm, np.nan)
            yield replace(event, status=self._interned.consumed(status), norm=norm)

        readings = () if late is None else late[0].readings
        awaited = readings if few is None else (*readings, few)
        if self._ledger.late:
            self.late.defer(awaited, whole)
            return
        for complete in whole():
            self.feed(complete)
