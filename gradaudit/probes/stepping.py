"""The part of the probe that listens to optimizer steps, and to who clears gradients.

[Note: Fused] A gradient scaler that has found an overflow does not call its optimizer, save one
with fused kernels: this is called with an attribute `found_inf`, and leaves everything as it is
where that is not zero. Such a step has used nothing, and its gradients are told as skipped.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch
from torch.optim.optimizer import Optimizer

from gradaudit import events
from gradaudit.events import Site
from gradaudit.probes import engine
from gradaudit.probes.base import guarded
from gradaudit.probes.callsites import site_of, user_frame
from gradaudit.probes.rounding import rounded_away
from gradaudit.probes.telling import TellingBase

WITNESS_EVERY = 8
"""Steps of a cruise after which a gradient is asked whether it was zeroed unseen (`.data`)."""


class StepListener(TellingBase):
    """A `StepObserver` (gradaudit.probes.optimizers) and a `ZeroingObserver`."""

    @guarded
    def zero_grad_called(self, target: Optimizer | torch.nn.Module, site: Site | None) -> None:
        """Remember who called it: if gradients turn out to be gone, it was here."""
        facts = id(target), site
        as_before = self.cruise.expects("zero_grad_called") and self.cruise.facts == facts
        held: Any
        if isinstance(target, Optimizer):
            index = self.known.index_of(target)
            held = self._held_by(target) if index is None else self.known.held(index)
            if index is not None and not as_before:
                self.feed(events.ZeroGradCalled(step=self.step, optimizer=index, site=site))
        else:
            held = list(self.registry.indices_of(target.parameters()))
        if len(self._zeroed) < 64:
            self._zeroed.append((held, site))
        self._ledger.zero_grad_called(held)
        if as_before:
            self.cruise.go_on()
        else:
            self.cruise.facts = facts

    def _held_by(self, optimizer: Optimizer) -> list[int]:
        everything = (p for group in optimizer.param_groups for p in group["params"])
        return list(self.registry.indices_of(everything))

    @guarded
    def step_begins(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        """Without a closure, the gradients are final now."""
        self.late.raise_late()
        inside = engine.inside_backward()
        frame = user_frame(sys._getframe(1))
        facts, settled = (id(optimizer), site_of(frame), has_closure), None
        if self.cruise.expects("step_begins") and facts == self.cruise.facts:
            index = self.known.current_index(optimizer)
            if not has_closure:
                settled = self._settle_on_cruise(index)
            if index is not None and (has_closure or settled is self._AS_BEFORE):
                self._in_step.append((index, has_closure))
                self.diagnosis.stepping(optimizer, facts[1])
                if has_closure:
                    self._evaluation = 0
                else:
                    self.tracer.mute()
                self.cruise.go_on()
                return
        self.cruise.facts = facts
        if self._discover and not self.known.is_current(optimizer):
            self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        index, seen = self.known.meet(optimizer, self.step, frame)
        if seen is not None:
            self.feed(seen)
        # A wrapper around this optimizer (SAM, Lookahead) is stepping: this is its real step.
        self._stepped_within.update(outer for outer, _ in self._in_step)
        self._in_step.append((index, has_closure))
        self.diagnosis.stepping(optimizer, site_of(frame))
        if not has_closure:
            self.tracer.mute()  # an optimizer's own arithmetic is not the user's
        if has_closure:
            self._evaluation = 0
            return
        self._consume(optimizer, index, inside=inside, change=settled)

    _UNSETTLED: Any = object()

    def _settle_on_cruise(self, index: int | None) -> Any:
        """`_AS_BEFORE` where this is the step of the rounds before, and the gradients are still
        those of its last backward; else what has happened to them, as `_consume` takes it.
        """
        cruise = self.cruise
        usual = cruise.taken
        if (
            usual is None
            or index is None
            or index != usual.optimizer
            or torch.is_autocast_enabled("cpu")
            or torch.is_autocast_enabled("cuda")
        ):
            return None
        gradients, change = self._ledger.read_untouched(), None
        if self.step % WITNESS_EVERY == 0 or gradients is None:
            change = self._ledger.settle(gradients or self._ledger.read(), at_step=True)
        touched = self._ledger.norm is not cruise.last_norm() or self._ledger.some_assigned
        if change is not None or touched:
            return change or self._UNSETTLED
        return self._AS_BEFORE

    def _consume(
        self,
        optimizer: Optimizer,
        index: int,
        *,
        inside: bool,
        closure: bool = False,
        change: Any = None,
    ) -> None:
        """The gradients that this step uses, as they are now."""
        held = self.known.held(index)
        if not len(held) and not self.known.holds_dead(index):
            return
        gradients = self._ledger.read()
        if inside:
            self._ledger.measure_inside(held, gradients)
        elif not closure:
            if change is None:
                change = self._ledger.settle(gradients, at_step=True)
            self._tell_reset(None if change is self._UNSETTLED else change)
        # With a closure: as its last backward left them, whatever the step has cleared since.
        event = self._step_event(index, held, inside=inside)
        if not inside:
            for one in self.replicas.at_step(held.tolist(), gradients, index, self.step):
                if one.awaited:
                    self.late.defer(one.awaited, one.events)
                    continue
                for local in one.events():
                    self.feed(local)
        if not closure:
            self._values.before_step(event, gradients, self.known.rates_of(optimizer))
        self._pending = event
        self._tell_step(event, getattr(optimizer, "found_inf", None))

    @guarded
    def closure_called(self, optimizer: Optimizer) -> None:
        """Count the evaluations within one step."""
        self._evaluation += 1
        facts = id(optimizer), self._evaluation
        if self.cruise.expects("closure_called") and facts == self.cruise.facts:
            self.cruise.go_on()
        else:
            self.cruise.facts = facts

    @guarded
    def closure_is_over(self, optimizer: Optimizer) -> None:
        """The gradients are final now, as they are when a step without a closure begins."""
        index = self.known.index_of(optimizer)
        if index is None or index in self._stepped_within or self._in_step[-1:] != [(index, True)]:
            return
        self._in_step[-1] = (index, False)
        self.tracer.mute()
        inside, settled = engine.inside_backward(), None
        if self.cruise.expects("closure_is_over") and not inside:
            settled = self._settle_on_cruise(index)
            if settled is self._AS_BEFORE:
                self.cruise.go_on()
                return
        self._consume(optimizer, index, inside=inside, change=settled)

    @guarded
    def step_ends(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        """With a closure, the gradients are final only now; then what the step did."""
        index = self.known.index_of(optimizer)
        if self.cruise.expects("step_ends") and index is not None:
            self._step_ends_on_cruise(index)
            return
        inside = engine.inside_backward()
        if self._in_step:
            # Judged when its closure was over: then it is as if it had had none.
            has_closure = self._in_step.pop()[1]
            if not has_closure:
                self.tracer.unmute()
        if index is None:
            return
        if has_closure and index not in self._stepped_within:
            self._consume(optimizer, index, inside=inside, closure=True)
        self._stepped_within.discard(index)
        event, self._pending = self._pending, None
        self._evaluation = 0
        self.known.stepped(index)
        self._stepped_by_scaler = index
        self._still_scaled.difference_update(self.known.held(index).tolist())
        if event is not None and event.optimizer == index:
            casts = self._casts_at_step and not self._casts_cleared
            checked = self._values.after_step(
                event,
                stale_casts=casts,
                rates=functools.partial(self.known.learning_rates, optimizer),
                rounded_away=functools.partial(rounded_away, optimizer),
            )
            if has_closure and not inside:
                gradients = self._ledger.read()
                self._tell_reset(self._ledger.settle(gradients, at_step=True))
            if not inside:
                keeps = self.known.leaves_gradients(index)
                kept = self._ledger.consume(event.held, keeps=keeps)
                self.known.note_gradients(index, left_alone=kept)
            self.step += 1
            if checked is not None:
                self.feed(checked)
        self._note_autocast(optimizer)
        self.forwards.step_boundary(self.step)
        for grown in self.diagnosis.grown(self.step, sys._getframe(1)):
            self.feed(grown)
        if not self._in_step:
            self.trace.step_ends(id(optimizer), awaited=self._awaited_optimizers)

    def _step_ends_on_cruise(self, index: int) -> None:
        self._in_step.pop()
        self._evaluation = 0
        self.tracer.unmute()
        self._stepped_within.discard(index)
        self.known.stepped(index)
        self._stepped_by_scaler = index
        held = self.known.held(index)
        kept = self._ledger.consume(held, keeps=self.known.leaves_gradients(index))
        self.known.note_gradients(index, left_alone=kept)
        self._casts_at_step = self._casts_cleared = False
        self.step += 1
        self.cruise.go_on()

    def _note_autocast(self, optimizer: Optimizer) -> None:
        """Autocast keeps its low-precision weights until it is left: were they made stale now?"""
        held = next((p for g in optimizer.param_groups for p in g["params"]), None)
        kind = held.device.type if held is not None else "cpu"
        self._casts_at_step = bool(
            torch.amp.is_autocast_available(kind)
            and torch.is_autocast_enabled(kind)
            and torch.is_autocast_cache_enabled()
            and held is not None
            and held.dtype == torch.float32
        )
        self._casts_cleared = False
