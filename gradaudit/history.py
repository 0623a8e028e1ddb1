"""WHAT WAS: what the events so far add up to, per parameter and per optimizer. Bounded memory.

History is counts and masks; what was *found* is kept in the auditor's ledger, not here.
All arrays are indexed as events, [Note: Parameter index] says, and grow with the parameters.

[Note: Fresh, consumed, stale] A gradient is *fresh* for a parameter when a backward added to it
and no step has used that sum yet. A step *consumes* what it holds. When a backward adds onto a
consumed gradient that nobody has reset, the sum is *stale*: it still holds what was used already.
Only the next step of the same optimizer makes that a bug (a discriminator is filled by its
generator's backward, and cleared before its own).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gradaudit.arrays import IS_ABSENT, IS_BAD, IS_UNJUDGED, IntArray, grown, padded
from gradaudit.contributions import CONTRIBUTIONS_KEPT, Contribution, Origin, SiteUse
from gradaudit.events import (
    BackwardEnded,
    BoolArray,
    Event,
    FloatArray,
    GradientsReset,
    GradientsUnsynchronized,
    ModulesRan,
    OptimizerSeen,
    ParameterInfo,
    ParametersAdded,
    ParametersReplaced,
    RunEnded,
    RunStarted,
    ScalerStepped,
    Site,
    Status,
    StepTaken,
    TraceRecorded,
    ZeroGradCalled,
)
from gradaudit.optimizer_history import FIRST_NORM_AT, OptimizerHistory
from gradaudit.rounds import RepeatedRounds

TRACES_KEPT = 24
SITES_NOTED = 2
"""Arrivals of a parameter for which the backward's call site is noted."""


class History:
    """Everything that rules may ask of the past. Fed by the auditor, read by rules."""

    def __init__(self) -> None:
        self.run: RunStarted | None = None
        self.ended: RunEnded | None = None
        self.parameters: list[ParameterInfo] = []
        self.optimizers: dict[int, OptimizerHistory] = {}
        self.step = 0
        self.backwards = 0
        self.n_backwards: IntArray = np.zeros(0, np.int64)
        """Backwards in which each parameter got something that is not zero."""
        self.first_arrival: IntArray = np.zeros(0, np.int64)
        self.last_arrival: IntArray = np.zeros(0, np.int64)
        self.status: npt.NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.norm: FloatArray = np.zeros(0)
        self.trainable: BoolArray = np.zeros(0, np.bool_)
        self.consumed_by_hand: BoolArray = np.zeros(0, np.bool_)
        """A loop without an optimizer changed the parameter along its gradient."""
        self.changed_by_hand: BoolArray = np.zeros(0, np.bool_)
        self.replacements: IntArray = np.zeros(0, np.int64)
        self.fresh: BoolArray = np.zeros(0, np.bool_)
        self.dropped: BoolArray = np.zeros(0, np.bool_)
        """A leaf of the loss's graph, and yet nothing arrived."""
        self.poisoned: BoolArray = np.zeros(0, np.bool_)
        """A step consumed a non-finite gradient of it."""
        self.custom_functions: tuple[str, ...] = ()
        self.arrival_site: list[Site | None] = []
        """Where the backward was called that first reached each parameter."""
        self.modules: ModulesRan | None = None
        self.contributions: deque[Contribution] = deque(maxlen=CONTRIBUTIONS_KEPT)
        self.last_backward: BackwardEnded | None = None
        self.unused: BoolArray = np.zeros(0, np.bool_)
        """Something arrived since the last step of anybody who holds it."""
        self.lost: BoolArray = np.zeros(0, np.bool_)
        """And it was cleared again."""
        self.lost_at: Site | None = None
        self.lost_by = ""
        self.disconnected = 0
        self.traces: list[TraceRecorded] = []
        """Of traced backwards: the first ones, and the latest."""
        self.users_of: dict[int, set[int]] = {}
        """Number of a traced backward -> the optimizers whose step used it."""
        self.steps_after: dict[int, set[int]] = {}
        """Number of a traced backward -> the optimizers that stepped next, before another one."""
        self.zeroed_since_backward: set[int] = set()
        self.scaled = False
        self.awaited_by_ranks: set[int] = set()
        """Missing, and so the gradients of others were not averaged: GA602 tells of both."""
        self.silent_rules: frozenset[str] = frozenset()
        """Codes that tell nothing in this run; what would be theirs, another rule must tell."""

    # ------------------------------------------------------------------ reading

    @property
    def n(self) -> int:
        """Number of audited parameters."""
        return len(self.parameters)

    @property
    def held(self) -> BoolArray:
        """Parameters that a torch optimizer holds."""
        mask = np.zeros(self.n, np.bool_)
        for optimizer in self.optimizers.values():
            if not optimizer.manual:
                mask[optimizer.held] = True
        return mask

    @property
    def stepped(self) -> BoolArray:
        """Parameters held by an optimizer that has stepped, or was skipped by a scaler."""
        mask = np.zeros(self.n, np.bool_)
        for optimizer in self.optimizers.values():
            if optimizer.steps or optimizer.attempts:
                mask[optimizer.held] = True
        return mask

    def is_stray(self) -> BoolArray:
        """Leaves that no audited module has registered."""
        return np.array([info.kind == "stray" for info in self.parameters], np.bool_)

    @property
    def last_step(self) -> int:
        """The last step that was completed, 0 before there was one."""
        return max(self.step - 1, 0)

    def display_names(self) -> list[str]:
        """What each parameter is called: without the model's name while there is only one."""
        infos = self.parameters
        models = {info.model for info in infos if info.kind == "parameter"}
        if len(models) > 1:
            return [info.name for info in infos]
        short = [info.short or info.name for info in infos]
        return short if len(set(short)) == len(short) else [info.name for info in infos]

    def names(self, indices: npt.NDArray[np.generic] | tuple[int, ...] | list[int]) -> list[str]:
        """Names of these parameters."""
        return [self.parameters[int(i)].name for i in indices]

    # ------------------------------------------------------------------ feeding

    def feed(self, event: Event) -> None:
        """Take one event into account."""
        self.step = max(self.step, event.step)
        take = self._TAKERS.get(type(event))
        if take is not None:
            take(self, event)

    def _run_started(self, event: RunStarted) -> None:
        self.run = event

    def _run_ended(self, event: RunEnded) -> None:
        self.ended = event

    def _parameters_added(self, event: ParametersAdded) -> None:
        self.parameters.extend(event.parameters)
        n = self.n
        for name, fill in (
            ("n_backwards", 0), ("first_arrival", -1), ("last_arrival", -1), ("status", 1),
            ("norm", 0), ("trainable", 1), ("consumed_by_hand", 0), ("changed_by_hand", 0),
            ("replacements", 0), ("fresh", 0), ("unused", 0), ("lost", 0),
            ("dropped", 0), ("poisoned", 0),
        ):  # fmt: skip
            setattr(self, name, grown(getattr(self, name), n, fill))
        for optimizer in self.optimizers.values():
            optimizer.grow(n)
        for one in self.contributions:
            one.live, one.fresh = padded(one.live, n), padded(one.fresh, n)
            one.arrived = padded(one.arrived, n)

    def _parameters_replaced(self, event: ParametersReplaced) -> None:
        self.replacements[event.indices] += 1
        for optimizer in self.optimizers.values():
            optimizer.consumed[event.indices] = False
            optimizer.stale[event.indices] = False

    def _optimizer_seen(self, event: OptimizerSeen) -> None:
        optimizer = self.optimizers.get(event.optimizer)
        if optimizer is None:
            optimizer = OptimizerHistory(
                event.optimizer, event.name, event.manual, first_seen=event.step
            )
            self.optimizers[event.optimizer] = optimizer
            optimizer.grow(self.n)
            # Backwards that came before it was met were for it as well.
            optimizer.backwards_since = self.backwards
            optimizer.arrived_since |= self.unused
            optimizer.cleared_since |= self.lost
            optimizer.cleared_at, optimizer.cleared_by = self.lost_at, self.lost_by
        optimizer.grow(self.n)
        optimizer.held, optimizer.groups = event.held, event.groups
        optimizer.learning_rates = event.learning_rates
        optimizer.dead, optimizer.twins = event.dead, event.twins

    def _modules_ran(self, event: ModulesRan) -> None:
        self.modules = event

    def _zero_grad_called(self, event: ZeroGradCalled) -> None:
        if event.optimizer >= 0:
            self.zeroed_since_backward.add(event.optimizer)

    def _gradients_reset(self, event: GradientsReset) -> None:
        n = self.n
        reset, cleared = padded(event.reset, n), padded(event.cleared, n)
        by_hand = None if event.values_changed is None else padded(event.values_changed, n)
        self._count_discards(event, cleared, by_hand)
        for one in self.contributions:
            one.live = one.live & ~reset
            one.fresh = one.fresh & ~reset
        self.contributions = deque(
            (one for one in self.contributions if one.live.any()), maxlen=CONTRIBUTIONS_KEPT
        )
        self.fresh &= ~reset
        gone = cleared & self.unused
        if gone.any():
            self.lost |= gone
            self.lost_at, self.lost_by = event.site, event.by
        for optimizer in self.optimizers.values():
            optimizer.consumed &= ~reset
            optimizer.stale &= ~reset
            optimizer.evaluated &= ~reset
            lost = cleared & optimizer.arrived_since
            if lost.any():
                optimizer.cleared_since |= lost
                optimizer.cleared_at, optimizer.cleared_by = event.site, event.by

    def _count_discards(
        self, event: GradientsReset, cleared: BoolArray, by_hand: BoolArray | None
    ) -> None:
        """Backwards whose gradients are lost now, before any step of their holder used them."""
        for optimizer in self.optimizers.values():
            if optimizer.manual or not len(optimizer.held):
                continue
            held = np.zeros(self.n, np.bool_)
            held[optimizer.held] = True
            lost: list[Contribution] = []
            for one in self.contributions:
                mine = one.fresh & held
                if not one.finite or one.step_group or not mine.any():
                    continue
                gone = mine & cleared
                if gone.sum() < 0.9 * mine.sum():
                    continue
                if (optimizer.evaluated & mine).any():
                    # The closure of its own step has cleared them: the step has seen them.
                    self._use(optimizer, one).used += 1
                    continue
                if by_hand is not None and (by_hand & held).any():
                    self._use(optimizer, one).used += 1
                    continue
                lost.append(one)
            typical = max(optimizer.windows) if optimizer.windows else 0
            for one in lost:
                use = self._use(optimizer, one)
                if not use.discarded:
                    use.first_discard = event.step
                use.discarded += 1
                use.last_discard = event.step
                use.window = typical
                use.cleared_at = event.site
                use.parameters = one.fresh & held
                if typical > 1 and len(lost) < typical:
                    use.short_windows += 1

    def origin(self, one: Contribution) -> Origin:
        """See `Origin`."""
        reached = frozenset(
            o.index
            for o in self.optimizers.values()
            if len(o.held) and not o.manual and one.arrived[o.held].any()
        )
        return one.site, one.stack, reached

    def _use(self, optimizer: OptimizerHistory, one: Contribution) -> SiteUse:
        return optimizer.uses.setdefault(self.origin(one), SiteUse())

    def _backward_ended(self, event: BackwardEnded) -> None:
        n = self.n
        self.backwards += 1
        self.last_backward = event
        self.scaled = event.scaled
        self.disconnected += event.root_is_leaf and not event.arrived.any()
        if event.error is not None and not event.arrived.any():
            return
        arrived = padded(event.arrived, n)
        held_before = padded(event.before, n)
        status = grown(event.status, n, int(Status.NONE))
        self.status = status.astype(np.uint8)
        self.norm = grown(event.norm, n, 0).astype(np.float64)
        self.trainable = padded(event.expected, n)
        real = arrived & (status != Status.ZERO) if event.measured else arrived
        self.first_arrival[real & (self.first_arrival < 0)] = event.step
        self.last_arrival[real] = event.step
        self.n_backwards[real] += 1
        self.arrival_site.extend([None] * (n - len(self.arrival_site)))
        for i in np.flatnonzero(real & (self.n_backwards <= SITES_NOTED)).tolist():
            self.arrival_site[i] = event.site
        self.fresh |= arrived
        self.unused |= arrived
        self.lost &= ~arrived
        if event.graph_leaves is not None:
            leaves = padded(event.graph_leaves, n)
            self.dropped = leaves & ~arrived
            self.custom_functions = event.custom_functions
        for one in self.contributions:
            if not one.closed:
                one.closed, one.group_at_close = True, frozenset(one.step_group)
        finite = not IS_BAD[event.status].any()
        if arrived.any():
            self.contributions.append(
                Contribution(
                    event.number,
                    event.site,
                    event.stack,
                    arrived.copy(),
                    finite,
                    arrived.copy(),
                    arrived,
                    frozenset(self.zeroed_since_backward),
                )
            )
        self.zeroed_since_backward.clear()
        for optimizer in self.optimizers.values():
            optimizer.backwards_since += 1
            optimizer.stale |= optimizer.consumed & arrived & held_before
            optimizer.arrived_since |= arrived
            optimizer.cleared_since &= ~arrived
            if len(optimizer.held) and arrived[optimizer.held].any():
                optimizer.backwards_seen += 1
            if event.in_step == optimizer.index:
                optimizer.evaluated |= arrived

    def _trace_recorded(self, event: TraceRecorded) -> None:
        if len(self.traces) >= TRACES_KEPT:
            gone = self.traces.pop(TRACES_KEPT // 2)
            self.users_of.pop(gone.backward, None)
            self.steps_after.pop(gone.backward, None)
        self.traces.append(event)

    def _gradients_unsynchronized(self, event: GradientsUnsynchronized) -> None:
        self.awaited_by_ranks.update(event.missing.tolist())

    def _scaler_stepped(self, event: ScalerStepped) -> None:
        optimizer = self.optimizers.get(event.optimizer)
        if optimizer is None:
            return
        optimizer.attempts += 1
        optimizer.skips_in_a_row = optimizer.skips_in_a_row + 1 if event.skipped else 0
        if event.skipped:
            self._consume(optimizer, event.optimizer, count_window=False)

    def _consume(self, optimizer: OptimizerHistory, index: int, *, count_window: bool) -> None:
        held = np.zeros(self.n, np.bool_)
        held[optimizer.held] = True
        used = 0
        for one in self.contributions:
            if not (one.live & held).any():
                continue
            if (one.fresh & held).any():
                used += 1
                self._use(optimizer, one).used += 1
                if self.traces and one.number >= self.traces[0].backward:
                    self._note_user(one.number, index)
            if not one.closed:
                optimizer.direct.add(self.origin(one))
            one.step_group.add(index)
        if used and count_window:
            optimizer.windows.append(used)
        for one in self.contributions:
            one.fresh = one.fresh & ~held
        self.fresh &= ~held
        self.unused &= ~held
        self.lost &= ~held

    def _note_user(self, backward: int, optimizer: int) -> None:
        if any(trace.backward == backward for trace in self.traces):
            self.users_of.setdefault(backward, set()).add(optimizer)

    def _step_taken(self, event: StepTaken) -> None:
        optimizer = self.optimizers.get(event.optimizer)
        if optimizer is None:
            return
        held = event.held
        optimizer.held = held
        optimizer.last = event
        status = event.status
        present = ~IS_UNJUDGED[status]
        judgeable = ~event.frozen & (status != Status.SKIPPED)
        came = optimizer.arrived_since[held] & ~optimizer.cleared_since[held]
        reached = present & (came | (status != Status.ZERO))
        if event.inside_backward:
            reached |= present
        optimizer.stale_now = optimizer.stale.copy()
        # A frozen parameter's left-over gradient is used as well; only one that is gone is not.
        optimizer.stale_now[held[status == Status.NONE]] = False
        optimizer.steps += 1
        optimizer.handmade_steps += event.handmade
        expected = held[judgeable]
        if len(expected) and reached[judgeable].any():
            self._count_arrivals(optimizer, event, judgeable, reached)
        elif (
            len(expected) and optimizer.backwards_since and not optimizer.cleared_since[held].any()
        ):
            optimizer.no_arrival_steps += 1
        optimizer.n_held[held] += 1
        optimizer.n_frozen[held[event.frozen]] += 1
        bad = IS_BAD[status]
        self.poisoned[held[bad]] = True
        finite = present & ~bad & np.isfinite(event.norm)
        if finite.any() and not bad.any():
            total = float(np.sqrt(np.square(event.norm[finite]).sum()))
            if optimizer.total_norms and optimizer.steps <= FIRST_NORM_AT + 1:
                last = optimizer.total_norms[-1][1]
                optimizer.early_norm = max(optimizer.early_norm, last)
            optimizer.total_norms.append((event.step, total))
            if optimizer.steps == FIRST_NORM_AT:
                optimizer.first_norm = float(np.median([one for _, one in optimizer.total_norms]))
        if event.manual and event.follows_gradient:
            self.consumed_by_hand[held] = True
        if event.manual:
            self.changed_by_hand[held] = True
        self._consume(optimizer, event.optimizer, count_window=True)
        if self.traces and self.last_backward is not None:
            number = self.last_backward.number
            if self.traces[-1].backward == number:
                self.steps_after.setdefault(number, set()).add(event.optimizer)

    def _count_arrivals(
        self,
        optimizer: OptimizerHistory,
        event: StepTaken,
        judgeable: BoolArray,
        reached: BoolArray,
    ) -> None:
        held = event.held
        optimizer.judged += 1
        expected = held[judgeable]
        optimizer.n_judged[expected] += 1
        fresh_ones = expected[optimizer.first_judged[expected] < 0]
        optimizer.first_judged[fresh_ones] = event.step
        optimizer.n_arrived[held[judgeable & reached]] += 1
        missing = held[judgeable & ~reached]
        optimizer.first_missing[missing[optimizer.first_missing[missing] < 0]] = event.step
        optimizer.last_missing[missing] = event.step
        optimizer.n_cleared[missing[optimizer.cleared_since[missing]]] += 1
        zero = judgeable & reached & (event.status == Status.ZERO)
        started = held[zero & (optimizer.n_zero[held] == 0)]
        optimizer.zero_from[started] = event.step
        optimizer.n_zero[held[zero]] += 1
        optimizer.n_zero[held[~zero]] = 0
        record = held[zero & (optimizer.n_zero[held] > optimizer.longest_zero[held])]
        optimizer.longest_zero[record] = optimizer.n_zero[record]
        optimizer.longest_from[record] = optimizer.zero_from[record]
        optimizer.longest_to[record] = event.step

    def step_is_over(self, event: StepTaken) -> None:
        """Called by the auditor when every rule has seen the step: what it held is consumed."""
        optimizer = self.optimizers.get(event.optimizer)
        if optimizer is None or (event.manual and not event.follows_gradient):
            return
        held = event.held
        present = ~IS_ABSENT[event.status]
        optimizer.consumed[held] = present & (not event.inside_backward)
        for array in (optimizer.stale, optimizer.arrived_since, optimizer.cleared_since):
            array[held] = False
        optimizer.evaluated[:] = False
        optimizer.backwards_since = 0
        self.step = max(self.step, event.step + (0 if event.manual else 1))

    # ------------------------------------------------------------------ rounds that repeat

    def may_repeat(self, rounds: RepeatedRounds) -> bool:
        """Are the last events that were fed the round that repeats, with nothing else pending?"""
        optimizer = self.optimizers.get(rounds.step.optimizer)
        return (
            len(self.optimizers) == 1
            and optimizer is not None
            and not optimizer.manual
            and optimizer.steps > FIRST_NORM_AT + 1
            and optimizer.last is rounds.step
            and self.last_backward is rounds.backwards[-1]
            and not optimizer.stale.any()
            and not optimizer.cleared_since.any()
            and not self.scaled
            and len(rounds.backwards[-1].norm) == self.n
        )

    def repeat(self, rounds: RepeatedRounds) -> None:
        """As if the events of these rounds had been fed one by one; `may_repeat` said yes."""
        count, backwards = rounds.count, rounds.backwards
        step = rounds.last[-1]
        last = next(one for one in reversed(rounds.last) if isinstance(one, BackwardEnded))
        assert isinstance(step, StepTaken)
        optimizer = self.optimizers[step.optimizer]
        for one in backwards:
            real = one.arrived & (one.status != Status.ZERO)
            self.n_backwards[real] += count
            self.last_arrival[real] = step.step
        self.backwards += count * len(backwards)
        self.last_backward, self.norm = last, last.norm.copy()
        for one in self.contributions:
            if one.number >= backwards[0].number:
                one.number += count * len(backwards)
        optimizer.repeat(step, count, len(backwards), rounds.totals)
        for one in list(self.contributions)[-len(backwards) :]:
            self._use(optimizer, one).used += count
        self.step = max(self.step, step.step + 1)

    _TAKERS: ClassVar[dict[type[Event], Callable[[History, Any], None]]] = {
        RunStarted: _run_started,
        RunEnded: _run_ended,
        ParametersAdded: _parameters_added,
        ParametersReplaced: _parameters_replaced,
        OptimizerSeen: _optimizer_seen,
        ModulesRan: _modules_ran,
        ZeroGradCalled: _zero_grad_called,
        GradientsReset: _gradients_reset,
        BackwardEnded: _backward_ended,
        ScalerStepped: _scaler_stepped,
        TraceRecorded: _trace_recorded,
        GradientsUnsynchronized: _gradients_unsynchronized,
        StepTaken: _step_taken,
    }


__all__ = [
    "Contribution",
    "History",
    "OptimizerHistory",
    "SiteUse",
    "padded",
]
