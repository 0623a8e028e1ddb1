"""The probe: listens to backwards, steps, clipping, scaling, and tells of them as events.

It decides nothing. Everything it says is a record of plain numbers (gradaudit/events.py), handed
to `feed`. Whatever fails in here is caught, told of once (GA901), and training goes on.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import numpy as np
import torch
from torch.optim.optimizer import Optimizer

from gradaudit import events
from gradaudit.errors import GradAuditError
from gradaudit.events import Event, Site, Status
from gradaudit.probes import clipping, discovery, engine, optimizers, scaler, zeroing
from gradaudit.probes.callsites import here, site_of, user_frame
from gradaudit.probes.engine import BackwardCall
from gradaudit.probes.forwards import ForwardWatch
from gradaudit.probes.ledger import Change, GradientLedger, Gradients
from gradaudit.probes.leaves import leaves_below
from gradaudit.probes.loss import Loss, read_loss
from gradaudit.probes.measure import GradientMeter, share_of_zeros
from gradaudit.probes.registry import Registry, expected_mask
from gradaudit.probes.scout import Scout
from gradaudit.probes.steps import KnownOptimizers
from gradaudit.probes.typos import ineffective_freezes
from gradaudit.probes.updates import ValueWatch

P = ParamSpec("P")

LOW_PRECISION = (torch.float16, torch.bfloat16)


def guarded(
    method: Callable[Concatenate[GradientProbe, P], None],
) -> Callable[Concatenate[GradientProbe, P], None]:
    """A fault of ours must not stop the run: tell of it once and switch the probe off.

    `GradAuditError` passes: that is `raise_on` doing what was asked for.
    """

    @functools.wraps(method)
    def safe(self: GradientProbe, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.broken or self.paused or os.getpid() != self.pid:
            return
        with self.lock:
            try:
                method(self, *args, **kwargs)
            except GradAuditError:
                raise
            except Exception as error:
                self.broken = True
                self.failed(method.__name__, error)

    return safe


def is_power_of_two(n: int) -> bool:
    """1, 2, 4, 8 ...: when something costly is looked at again."""
    return n > 0 and n & (n - 1) == 0


class GradientProbe:
    """One audit's ears. `open` before training, `close` after; see the module's docstring."""

    def __init__(
        self, feed: Callable[[Event], None], *, discover: bool, every: int = 1
    ) -> None:
        self._feed = feed
        self._every = every
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.broken = self.paused = False
        self.registry = Registry()
        self.forwards = ForwardWatch()
        self.scout = Scout(self.registry, self.forwards, discover=discover)
        self.known = KnownOptimizers(self.registry, self.scout)
        self._discover = discover
        self._ledger = GradientLedger(self.registry, GradientMeter())
        self._values = ValueWatch(self.registry)
        self.backwards = 0
        self.step = 0
        self._walks: dict[Site | None, int] = {}
        self._leaves: set[int] = set()
        self._custom: dict[int, str] = {}
        self._walked = False
        self._loss = Loss()
        self._site: Site | None = None
        self._in_step: list[tuple[int, bool]] = []
        self._evaluation = 0
        self._zeroed: list[tuple[set[int], Site | None]] = []
        self._scale = 1.0
        self._scaled = False
        self._still_scaled: set[int] = set()
        self._stepped_by_scaler = -1
        self._freezes: set[tuple[str, str]] = set()
        self._engine_told = False
        self._casts_at_step = False
        self._casts_cleared = True
        self._cache_patch: Any = None

    # ------------------------------------------------------------------ life

    def open(self) -> None:
        """Begin to listen."""
        self.forwards.open()
        engine.subscribe(self)
        optimizers.subscribe(self)
        zeroing.subscribe(self)
        clipping.subscribe(self)
        scaler.subscribe(self)
        from gradaudit.probes.patches import Patch

        self._cache_patch = Patch(torch, "clear_autocast_cache", self._told_of_cache)

    def close(self) -> None:
        """Stop listening and leave nothing behind."""
        for room in (engine, optimizers, zeroing, clipping, scaler):
            room.unsubscribe(self)
        self.forwards.close()
        if self._cache_patch is not None:
            self._cache_patch.remove()
            self._cache_patch = None

    def _told_of_cache(self, original: Callable[[], None]) -> Callable[[], None]:
        def clear_autocast_cache() -> None:
            self._casts_cleared = True
            original()

        return clear_autocast_cache

    def failed(self, part: str, error: BaseException) -> None:
        """Tell of a fault of our own."""
        text = f"{type(error).__name__}: {error}"
        try:
            self._feed(events.ProbeFailed(step=self.step, part=part, error=text))
        except Exception:
            # The auditor itself is at fault: nothing is left to tell it to.
            self.broken = True

    def feed(self, event: Event) -> None:
        """Hand an event on."""
        self._feed(event)

    @guarded
    def finish(self) -> None:
        """The run is over: what is known only now (parameters changed by hand, idle optimizers)."""
        self._manual_step()
        self._look_for_optimizers()
        self._tell_news()

    # ------------------------------------------------------------------ news

    def _tell_news(self) -> None:
        """Announce what the scout has found, before any event speaks of it."""
        if self.scout.added:
            added, self.scout.added = tuple(self.scout.added), []
            self._ledger.grow()
            self.feed(events.ParametersAdded(step=self.step, parameters=added))
            self._look_for_typos()
            self._look_for_engines()
        if self.scout.replaced:
            replaced, self.scout.replaced = self.scout.replaced, []
            self._ledger.forget(replaced)
            self.feed(
                events.ParametersReplaced(step=self.step, indices=np.asarray(replaced, np.int32))
            )
        if self.forwards.changed and len(self.registry):
            names = [info.short for info in self.registry.infos]
            self.feed(self.forwards.event(len(self.registry), self.step, names))

    @guarded
    def announce(self) -> None:
        """Tell of models and tensors that were named to the scout."""
        self._tell_news()

    def _look_for_typos(self) -> None:
        for freeze in ineffective_freezes(self.registry, self.step):
            key = (freeze.target, freeze.attribute)
            if key not in self._freezes:
                self._freezes.add(key)
                self.feed(freeze)

    def _look_for_engines(self) -> None:
        if self._engine_told:
            return
        owned = [
            i
            for i, t in enumerate(self.registry.tensors())
            if t is not None and hasattr(t, "ds_id")
        ]
        if owned:
            self._engine_told = True
            self.feed(
                events.AuditImpossible(
                    step=self.step, engine="DeepSpeed ZeRO", indices=np.asarray(owned, np.int32)
                )
            )

    def _look_for_optimizers(self) -> None:
        """Optimizers that hold audited parameters and have not stepped yet."""
        for optimizer in discovery.live_optimizers():
            if self.known.index_of(optimizer) is None and self.known.holds_audited(optimizer):
                self.feed(self.known.seen(optimizer, self.step, user_frame(sys._getframe(1))))

    # ------------------------------------------------------------------ backward

    @guarded
    def backward_begins(self, call: BackwardCall) -> None:
        frame = user_frame(sys._getframe(1))
        self._site = site_of(frame)
        self._loss = read_loss(call.roots)
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
        if self._loss.disconnected and self._discover:
            # It leads to no parameter, so what was meant to learn is found from the optimizers.
            for optimizer in discovery.live_optimizers():
                self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        self._manual_step()
        gradients = self._ledger.read()
        self._tell_reset(self._ledger.settle(gradients, at_step=False), gradients)
        self._ledger.begin(gradients)

    @guarded
    def backward_nested(self, call: BackwardCall) -> None:
        if self._walked:
            self._walk(call, None)

    def _walk(self, call: BackwardCall, frame: Any) -> None:
        leaves = leaves_below(call.roots)
        # A loss that was made a leaf by requires_grad_() is not a tensor that anybody trains.
        roots = {id(r) for r in call.roots}
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
        self._tell_news()  # a reentrant checkpoint may have shown new leaves meanwhile
        self._ledger.grow()
        loss, site = self._loss, self._site
        self._loss, self._site = Loss(), None
        n = len(self.registry)
        tensors = self.registry.tensors()
        gradients = self._ledger.read()
        values = self.backwards % self._every == 0
        scale = self._scale if self._scaled and self._scale > 0 else 1.0
        arrived = self._ledger.end(gradients, scale, values=values)
        expected = expected_mask(tensors)
        status = self._status(expected, tensors, self._ledger.stale(arrived))
        if self._scaled:
            self._still_scaled.update(np.flatnonzero(arrived).tolist())
        root_is_leaf = loss.root_is_leaf and self.registry.index_of(call.roots[0]) is None
        leaves = np.zeros(n, np.bool_)
        leaves[list(self._leaves)] = True
        in_step, closure = self._in_step[-1] if self._in_step else (-1, False)
        event = events.BackwardEnded(
            step=self.step,
            number=self.backwards,
            site=site,
            arrived=arrived,
            expected=expected,
            before=self._ledger.before.copy(),
            status=status,
            norm=self._ledger.norm.copy(),
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
            graph_leaves=leaves if self._walked and error is None else None,
            custom_functions=tuple(self._custom.get(i, "") for i in range(n))
            if self._custom
            else (),
        )
        self.backwards += 1
        self._scaled = False
        self.feed(event)
        self.known.note_values()
        held = self.known.held_by_any()
        self._values.after_backward(
            (i for i in np.flatnonzero(arrived).tolist() if i not in held), gradients
        )
        if is_power_of_two(self.backwards):
            self._measure_underflow(gradients)
        if self.backwards in (3, 20, 100):
            self._look_for_optimizers()

    def _status(self, expected: Any, tensors: Gradients, stale: Any) -> Any:
        status = self._ledger.status.copy()
        normal = np.isin(status, (Status.OK, Status.ZERO))
        status[stale & normal] = Status.STALE
        for i in np.flatnonzero(~expected).tolist():
            tensor = tensors[i]
            frozen = tensor is not None and not tensor.requires_grad
            status[i] = Status.FROZEN if frozen else Status.SKIPPED
        return status

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

    # ------------------------------------------------------------------ resets

    def _tell_reset(self, change: Change | None, gradients: Gradients) -> None:
        calls, self._zeroed = self._zeroed, []
        if change is None:
            return
        changed = self._changed_since()
        rest = change.reset.copy()
        for indices, site in reversed(calls):
            mine = np.zeros_like(rest)
            mine[[i for i in indices if i < len(mine)]] = True
            mine &= rest & change.cleared
            if mine.any():
                rest &= ~mine
                self.feed(
                    events.GradientsReset(
                        step=self.step, reset=mine, cleared=mine.copy(), by="zero_grad",
                        site=site, values_changed=changed,
                    )
                )  # fmt: skip
        if rest.any():
            self.feed(
                events.GradientsReset(
                    step=self.step, reset=rest, cleared=rest & change.cleared,
                    values_changed=changed,
                )
            )  # fmt: skip

    def _changed_since(self) -> Any:
        return self.known.changed_by_hand()

    @guarded
    def zero_grad_called(self, target: Optimizer | torch.nn.Module, site: Site | None) -> None:
        if isinstance(target, Optimizer):
            index = self.known.index_of(target)
            held = {i for group in target.param_groups
                    for i in self.registry.indices_of(group["params"])}  # fmt: skip
            if index is not None:
                self.feed(events.ZeroGradCalled(step=self.step, optimizer=index, site=site))
        else:
            held = set(self.registry.indices_of(target.parameters()))
        if len(self._zeroed) < 64:
            self._zeroed.append((held, site))

    # ------------------------------------------------------------------ steps

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
        self.feed(event)
        if follows:
            # As they were then: what has become of them since is what `settle` will find.
            self._ledger.consumed[held] = True

    def _step_event(
        self,
        index: int,
        held: Any,
        *,
        manual: bool = False,
        follows: bool = True,
        inside: bool = False,
    ) -> events.StepTaken:
        tensors = self.registry.tensors()
        expected = expected_mask(tensors)
        status = self._status(expected, tensors, np.zeros(len(tensors), np.bool_))[held]
        frozen = np.fromiter(
            (t is not None and not t.requires_grad for t in (tensors[i] for i in held)),
            np.bool_,
            len(held),
        )
        number = self.known.count(index)
        return events.StepTaken(
            step=self.step,
            optimizer=index,
            number=number,
            held=held,
            status=status,
            norm=self._ledger.norm[held],
            frozen=frozen,
            evaluations=self._evaluation,
            inside_backward=inside,
            manual=manual,
            follows_gradient=follows,
            site=here(),
        )

    @guarded
    def step_begins(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        inside = engine.depth() > 0
        frame = user_frame(sys._getframe(1))
        if self._discover:
            self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        index, seen = self.known.meet(optimizer, self.step, frame)
        if seen is not None:
            self.feed(seen)
        self._in_step.append((index, has_closure))
        if has_closure:
            self._evaluation = 0
            return
        self._consume(optimizer, index, inside=inside)

    def _consume(self, optimizer: Optimizer, index: int, *, inside: bool) -> None:
        """The gradients that this step uses, as they are now."""
        held = self.known.held(index)
        if not len(held):
            return
        gradients = self._ledger.read()
        if inside:
            self._measure_inside(held, gradients)
        else:
            self._tell_reset(self._ledger.settle(gradients, at_step=True), gradients)
        event = self._step_event(index, held, inside=inside)
        self._values.before_step(event, gradients)
        self._pending = event
        self.feed(event)

    def _measure_inside(self, held: Any, gradients: Gradients) -> None:
        """A step inside a backward (one optimizer per parameter): its gradient is final now."""
        chosen: Gradients = [None] * len(gradients)
        for i in held.tolist():
            chosen[i] = gradients[i]
        status, norm = GradientMeter().measure(chosen)
        self._ledger.status[held], self._ledger.norm[held] = status[held], norm[held]
        self._ledger.stepped_inside[held] = [gradients[i] is not None for i in held.tolist()]

    @guarded
    def closure_called(self, optimizer: Optimizer) -> None:
        self._evaluation += 1

    @guarded
    def step_ends(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        inside = engine.depth() > 0
        index = self.known.index_of(optimizer)
        if self._in_step:
            self._in_step.pop()
        if index is None:
            return
        if has_closure:
            self._consume(optimizer, index, inside=inside)
        event, self._pending = self._pending, None
        self._evaluation = 0
        self.known.stepped(index)
        self._stepped_by_scaler = index
        self._still_scaled.difference_update(self.known.held(index).tolist())
        if event is not None and event.optimizer == index:
            casts = self._casts_at_step and not self._casts_cleared
            checked = self._values.after_step(
                event, stale_casts=casts, rates=functools.partial(self.known.learning_rates, optimizer)
            )
            if not inside:
                self._ledger.consume(event.held.tolist())
            self.step += 1
            if checked is not None:
                self.feed(checked)
        self._note_autocast(optimizer)
        self.forwards.step_boundary(self.step)

    _pending: events.StepTaken | None = None

    def _note_autocast(self, optimizer: Optimizer) -> None:
        """Autocast keeps its low-precision weights until it is left: were they made stale now?"""
        held = next((p for g in optimizer.param_groups for p in g["params"]), None)
        kind = held.device.type if held is not None else "cpu"
        self._casts_at_step = bool(
            torch.is_autocast_enabled(kind)
            and torch.is_autocast_cache_enabled()
            and held is not None
            and held.dtype == torch.float32
        )
        self._casts_cleared = False

    # ------------------------------------------------------------------ clipping, scaling

    @guarded
    def clip_begins(
        self,
        parameters: list[torch.Tensor] | None,
        gradients: list[torch.Tensor] | None,
        by: str,
        site: Site | None,
    ) -> None:
        now = self._ledger.read()
        self._tell_reset(self._ledger.settle(now, at_step=True), now)
        if parameters is not None:
            indices = list(self.registry.indices_of(parameters))
            with_gradient = sum(now[i] is not None for i in indices)
            if not indices and self.registry.models and parameters:
                return  # gradients of somebody else
        else:
            given = {id(g) for g in gradients or ()}
            indices = [i for i, g in enumerate(now) if g is not None and id(g) in given]
            with_gradient = len(indices)
            if given and not indices:
                return
        scaled = bool(self._still_scaled.intersection(indices)) and self._scale > 1.0
        self.feed(
            events.Clipped(
                step=self.step, site=site, indices=np.asarray(indices, np.int32),
                with_gradient=with_gradient, scaled=scaled, by=by,
            )
        )  # fmt: skip

    @guarded
    def clip_ends(self) -> None:
        self._ledger.rebase(self._ledger.read())

    @guarded
    def loss_scaled(self, scale: float) -> None:
        self._scaled = True
        self._scale = scale if scale == scale else 1.0

    @guarded
    def gradients_unscaled(self, optimizer: Optimizer) -> None:
        held = [i for group in optimizer.param_groups
                for i in self.registry.indices_of(group["params"])]  # fmt: skip
        self._still_scaled.difference_update(held)
        self._ledger.grow()
        self._ledger.scale[held] = 1.0

    @guarded
    def scaler_step_begins(self, optimizer: Optimizer) -> None:
        self._stepped_by_scaler = -1
        frame = user_frame(sys._getframe(1))
        if self._discover:
            self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        _, seen = self.known.meet(optimizer, self.step, frame)
        if seen is not None:
            self.feed(seen)

    @guarded
    def scaler_step_ends(self, optimizer: Optimizer, scale: float, found_inf: bool) -> None:
        index = self.known.index_of(optimizer)
        if index is None or not len(self.known.held(index)):
            return
        skipped = found_inf or self._stepped_by_scaler != index
        self.feed(
            events.ScalerStepped(step=self.step, optimizer=index, skipped=skipped, scale=scale)
        )
