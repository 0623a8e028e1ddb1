"""The part of the probe that listens to backwards: what arrived, how large, from which line."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np
import torch

from gradaudit import events
from gradaudit.arrays import IS_BAD
from gradaudit.events import BoolArray, ByteArray, Event, Site, Status
from gradaudit.probes import discovery
from gradaudit.probes.base import (
    LOOKS_FOR_OPTIMIZERS,
    Ended,
    guarded,
    is_power_of_two,
)
from gradaudit.probes.callsites import site_of, stack_of, user_frame
from gradaudit.probes.engine import BackwardCall
from gradaudit.probes.late_events import LateBackward
from gradaudit.probes.leaves import leaves_below
from gradaudit.probes.lookback import Gradients
from gradaudit.probes.loss import UNREAD, Loss, read_loss
from gradaudit.probes.measure import share_of_zeros
from gradaudit.probes.registry import Trainable
from gradaudit.probes.telling import TellingBase

FLAGS_EVERY = 8
"""Backwards of a cruise after which each `requires_grad` is read again."""
LOW_PRECISION = (torch.float16, torch.bfloat16)


class BackwardListener(TellingBase):
    """A `gradaudit.probes.engine.BackwardObserver`."""

    total: torch.Tensor | None = None
    """See `norms_wanted`: 0-dim, dtype and device of the gradients."""
    _trial: torch.Tensor | None = None
    _just_looked = False
    """All gradients were looked at as clipping began, and it is still going on."""

    @guarded
    def backward_begins(self, call: BackwardCall) -> None:
        """Where it was called, what it is called on, and what has happened since the last look."""
        frame = user_frame(sys._getframe(1))
        self._site = site_of(frame)
        self._stack = stack_of(frame)
        self._loss = read_loss(call.roots, self._loss)
        self._ledger.note_loss(call.roots)
        change = self._on_cruise(call) if self.cruise.expects("backward_begins") else None
        if change is self._AS_BEFORE:
            return
        walks = self._walks.get(self._site, 0)
        self._walks[self._site] = walks + 1
        self._walked = (
            walks < 2 or is_power_of_two(self.backwards) or self._loss.disconnected
        ) and not call.inputs
        self._leaves.clear()
        self._custom.clear()
        if self._walked:
            self._walk(call, frame)
            if is_power_of_two(self.backwards):
                self.scout.sync_models()
                self._look_for_typos()
        traced = self.tracer.on and not self.tracer.quiet
        if self._discover and (self._loss.disconnected or (traced and not self._optimizers_met)):
            self._optimizers_met = True
            # What a cut keeps from the loss is not among its leaves; the optimizers hold it.
            for optimizer in discovery.live_optimizers():
                self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        if is_power_of_two(self.backwards + 1):
            self._look_for_engines()  # one may have taken over what was known before it was made
            if self.broken:
                return
        self._manual_step()
        if change is None:
            change = self._ledger.settle(self._ledger.read(), at_step=False)
        self.cruise.facts = self._begin_facts()
        self._tell_reset(change)
        self._ledger.begin()
        often = is_power_of_two(self.backwards + 1)
        self.replicas.backward_begins(often=often, optimizers=self.known.total(), site=self._site)
        self.diagnosis.backward_begins(call.roots, self._loss, traced=traced)
        self.trace.backward_begins(call.roots, self.backwards, self._site)

    def _begin_facts(self) -> tuple[Any, ...]:
        return self._site, self._stack, self._ledger.nothing_there, tuple(self._in_step)

    def _on_cruise(self, call: BackwardCall) -> Any:
        """`_AS_BEFORE` where this begins like the backward in its place in the rounds before.

        Else what has happened to the gradients since the last look, None where nothing has.
        """
        cruise, loss = self.cruise, self._loss
        if (
            not loss.plain
            or call.inputs
            or call.create_graph
            or self._scaled
            or self.forwards.changed
            or self.scout.added
            or self.scout.replaced
        ):
            return None
        change = self._ledger.settle(self._ledger.read(), at_step=False)
        told = [one for one in cruise.events if isinstance(one, events.GradientsReset)]
        if cruise.facts != self._begin_facts() or (change is None) != (not told):
            return change
        if change is not None and (
            len(told) > 1
            or change.cleared is not change.reset
            or self._interned.reset(change.reset) is not told[0].reset
        ):
            return change
        self._walks[self._site] = self._walks.get(self._site, 0) + 1
        self._walked = False
        self._leaves.clear()
        self._custom.clear()
        self._zeroed.clear()
        self._ledger.begin()
        cruise.begun(loss.value)
        return self._AS_BEFORE

    @guarded
    def backward_nested(self, call: BackwardCall) -> None:
        """A reentrant checkpoint shows the leaves it hid."""
        if self._walked:
            self._walk(call, None)

    def _walk(self, call: BackwardCall, frame: Any) -> None:
        leaves = leaves_below(call.roots)
        # A loss that was made a leaf by requires_grad_() is not a tensor that anybody trains.
        roots = {id(r) for r in call.roots}
        if self._loss.root_is_leaf and self._loss.leaf is not None:
            roots.add(id(self._loss.leaf()))
        self.scout.meet_leaves([t for t in leaves.tensors if id(t) not in roots], frame)
        for tensor in leaves.tensors:
            index = self.registry.index_of(tensor)
            if index is not None:
                self._leaves.add(index)
                if id(tensor) in leaves.below_custom:
                    self._custom[index] = leaves.below_custom[id(tensor)]
        self._walked = self._walked and leaves.complete

    @guarded
    def backward_ends(self, call: BackwardCall, error: BaseException | None) -> None:
        """What arrived, and of which size."""
        cruising = self.cruise.expects("backward_ends") and error is None
        if not cruising or self.scout.added:
            self._tell_news()  # a reentrant checkpoint may have shown new leaves meanwhile
            self._ledger.grow()
        loss, site = self._loss, self._site
        self._loss = UNREAD if loss.leaf is None else Loss(leaf=loss.leaf)
        self._site = None
        interned, trainable = self._interned, self._trainable_now(cruising=cruising)
        scale = self._scale if self._scaled and self._scale > 0 else 1.0
        gradients, arrived = self._ledger.arrive(scale)
        arrived = interned.arrived(arrived)
        before = interned.before(self._ledger.before)
        usual = self.cruise.backward
        if (
            cruising
            and usual is not None
            and arrived is usual.arrived
            and before is usual.before
            and trainable.expected is usual.expected
        ):
            if self.cruise.may_wait_for_clipping() and not call.keep_graph:
                self._unread = Ended(call, error, loss, site, arrived, before, trainable, scale)
                self.cruise.go_on()
                return
            self._ledger.read_values(gradients, arrived, values=True)
            if self._are_usual(call, site, arrived, trainable):
                self.cruise.ended(self._ledger.norm)
                return
        else:
            trainable = self.registry.trainable()
            self._ledger.read_values(gradients, arrived, values=self._reads_values())
        ended = Ended(call, error, loss, site, arrived, before, trainable, scale)
        self._tell_backward(ended, gradients)

    def _trainable_now(self, *, cruising: bool) -> Trainable:
        """While cruising not asked anew each time: what was frozen has no gradient any more, which
        is seen at once. What was unfrozen and gets none is told a few steps later.
        """
        known = self.registry.known_trainable
        if known is None or not cruising or self.backwards % FLAGS_EVERY == 0:
            return self.registry.trainable()
        return known

    def _reads_values(self) -> bool:
        return self.backwards % self._every == 0

    def _are_usual(
        self, call: BackwardCall, site: Site | None, arrived: BoolArray, trainable: Trainable
    ) -> bool:
        """Are status and norm of the gradients what they were in the rounds before?"""
        stale = self._ledger.stale(arrived)
        status = self._interned.status(self._status(trainable, stale))
        usual = self.cruise.backward
        if usual is None or status is not usual.status:
            return False
        if not self.cruise.is_in_range(self._ledger.norm):
            return False
        self.backwards += 1
        self.diagnosis.survivors.plain_backward_ended(call.roots[0].grad_fn, site)
        self.known.note_versions()
        return True

    def _read_unread(self) -> None:
        """Nobody asked for the norms that were waited for: read them now."""
        ended, self._unread = self._unread, None
        usual = self.cruise.backward
        if ended is None or usual is None:
            return
        gradients = self._ledger.read()
        self._ledger.read_leftovers(gradients, ended.arrived, usual.status)
        if self._are_usual(ended.call, ended.site, ended.arrived, ended.trainable):
            self.cruise.measured(self._ledger.norm)
            return
        self.cruise.step_back()
        self._tell_backward(ended, gradients)

    @guarded
    def norms_wanted(self, given: list[torch.Tensor], norm_type: float) -> None:
        """`clip_grad_norm_` is about to compute the norms of these gradients.

        Where they are those of a backward that nothing has touched since, and whose own norms were
        not read yet, one pass over them serves both: `total` is then what it would have computed.
        That this is so, bit for bit, is tried in the first of all rounds that are alike.
        """
        self.total, self._trial, self._just_looked = None, None, False
        facts = norm_type, len(given)
        if not self.cruise.expects("norms_wanted") or facts != self.cruise.facts:
            self._read_unread()
            self.cruise.facts = facts
            return
        ended, gradients = self._unread, self._ledger.read()
        found = self._shared_norms(given, gradients) if norm_type == 2.0 else None
        if found is None:
            self._read_unread()
        elif ended is None:
            # What the backward left may have been changed unseen since; then nothing is shared.
            if self._ledger.are_still(found[1]):
                self._trial = found[2]
        else:
            self._unread = None
            self._ledger.values_are(found[0], found[1])
            if self._are_usual(ended.call, ended.site, ended.arrived, ended.trainable):
                self.cruise.measured(self._ledger.norm)
                self.total, self._just_looked = found[2], True
            else:
                self.cruise.step_back()
                self._tell_backward(ended, gradients)
        if self.cruise.expects("norms_wanted"):
            self.cruise.go_on()

    def _shared_norms(self, given: list[torch.Tensor], gradients: Gradients) -> Any:
        present = gradients
        if len(present) != len(given):
            present = [g for g in gradients if g is not None]
        if len(present) != len(given) or self._ledger.is_scaled:
            return None
        if not all(map(operator.is_, present, given)) or not self._ledger.is_untouched(gradients):
            return None
        return self._ledger.total(gradients)

    @guarded
    def norms_given(self, total: torch.Tensor) -> None:
        """What `clip_grad_norm_` has computed by itself."""
        trial, self._trial = self._trial, None
        if trial is not None and self.cruise.on:
            same = trial.dtype == total.dtype and trial.shape == total.shape
            self.cruise.shares_norms = same and bool(torch.equal(trial, total))

    def _tell_backward(self, ended: Ended, gradients: Gradients) -> None:
        """A backward that is not like those before: all that there is to say of it."""
        call, error, loss, site = ended.call, ended.error, ended.loss, ended.site
        arrived, scale, trainable = ended.arrived, ended.scale, ended.trainable
        n, values = len(self.registry), self._reads_values()
        stale = self._ledger.stale(arrived)
        status = self._interned.status(self._status(trainable, stale))
        if self._scaled:
            self._still_scaled.update(np.flatnonzero(arrived).tolist())
        root_is_leaf = loss.root_is_leaf and self.registry.index_of(call.roots[0]) is None
        leaves = None
        if self._walked and error is None:
            leaves = np.zeros(n, np.bool_)
            leaves[list(self._leaves)] = True
        in_step, closure = self._in_step[-1] if self._in_step else (-1, False)
        traced = self.trace.backward_ends(self.step, optimizers=self.known.total())
        if traced is not None:
            later = self.tracer.take_late_birth()
            if later is None:
                self.feed(traced)
            else:
                self.late.defer((later,), functools.partial(later.whole, traced))
        for edited in self.diagnosis.edited(self.backwards, self.step):
            self.feed(edited)
        frame = user_frame(sys._getframe(1))
        event = events.BackwardEnded(
            step=self.step,
            number=self.backwards,
            site=site,
            arrived=arrived,
            expected=trainable.expected,
            before=ended.before,
            status=status,
            norm=self._ledger.norm,
            measured=values,
            loss=loss.value / scale if loss.known else loss.value,
            loss_known=loss.known,
            root_is_leaf=root_is_leaf,
            root_requires_grad=loss.requires_grad,
            root_dtype_differentiable=loss.differentiable,
            error=None if error is None else f"{type(error).__name__}: {error}",
            in_step=in_step if closure else -1,
            evaluation=self._evaluation,
            create_graph=call.create_graph,
            scale=scale,
            scaled=self._scaled,
            stack=self._stack,
            graph_leaves=leaves,
            custom_functions=tuple(self._custom.get(i, "") for i in range(n))
            if self._custom
            else (),
        )
        self.backwards += 1
        self._scaled = False
        owed = self._ledger.owed_backward(arrived)
        if owed is None:
            self.feed(event)
        else:
            self._tell_late(event, owed, trainable)
        plain = error is None and not call.inputs
        self.replicas.backward_ends(arrived, gradients, plain=plain)
        self._diagnose(call, error, event, frame, traced=traced is not None, late=owed is not None)
        self.known.note_values()
        loose = arrived & ~self.known.held_mask()
        if loose.any():
            self._values.after_backward(np.flatnonzero(loose).tolist(), gradients)
        if is_power_of_two(self.backwards):
            self._measure_underflow(gradients)
        if self.backwards in LOOKS_FOR_OPTIMIZERS and self._some_wait_for_a_step(event):
            self._look_for_optimizers()

    def _some_wait_for_a_step(self, event: events.BackwardEnded) -> bool:
        """Is there a parameter of which no optimizer is known? To look for one is to look through
        all objects of the process, which is done when the run is over, whatever this says.
        """
        return bool((event.expected & ~self.known.held_mask()).any())

    def _tell_late(
        self, event: events.BackwardEnded, owed: LateBackward, trainable: Trainable
    ) -> None:
        """When its values are there. Its graph is gone by then: no line is sought in it."""
        ranks = self.replicas.ranks_mixed

        def overlay(status: ByteArray, stale: BoolArray | None) -> ByteArray:
            return self._interned.status(self._overlaid(status, trainable, stale))

        def whole() -> Iterator[Event]:
            done = owed.complete(event, overlay)
            yield done
            wrong = (IS_BAD[done.status] & done.arrived).any()
            bad_loss = done.loss_known and done.loss - done.loss != 0.0
            if done.measured and done.error is None and wrong and ranks > 1 and not bad_loss:
                yield events.FrontierFound(step=done.step, backward=done.number, ranks=ranks)

        self.late.defer(owed.readings, whole)

    def _diagnose(
        self,
        call: BackwardCall,
        error: BaseException | None,
        event: events.BackwardEnded,
        frame: FrameType | None,
        *,
        traced: bool,
        late: bool,
    ) -> None:
        """Why it raised, or where an untraced one went bad."""
        if error is not None:
            raised = self.diagnosis.raised(error, call.roots, frame, event.site, self.step)
            if raised is not None:
                self.feed(raised)
            return
        self.diagnosis.survivors.backward_ended(call.roots, event.site, frame, event.number)
        wrong = IS_BAD[event.status] & event.arrived
        bad_loss = event.loss_known and event.loss - event.loss != 0.0
        if late or not event.measured or not (wrong.any() or bad_loss):
            return
        ranks = self.replicas.ranks_mixed
        if ranks > 1 and not bad_loss:
            found = events.FrontierFound(step=self.step, backward=event.number, ranks=ranks)
            self.feed(found)
            return
        if traced:
            return
        bad = {int(i): bool(wrong[i]) for i in np.flatnonzero(event.arrived)}
        found = self.diagnosis.frontier(call.roots, bad, event.number, self.step)
        if found is not None:
            self.feed(found)

    def _measure_underflow(self, gradients: Gradients) -> None:
        low = [
            i
            for i, g in enumerate(gradients)
            if g is not None and g.dtype in LOW_PRECISION and g.device.type == "cpu"
            and self._ledger.status[i] == Status.OK and g.numel() > 64
        ]  # fmt: skip
        if low:
            shares = [share_of_zeros(g) for i in low if (g := gradients[i]) is not None]
            self.feed(
                events.UnderflowMeasured(
                    step=self.step, indices=np.asarray(low, np.int32), shares=np.asarray(shares)
                )
            )
