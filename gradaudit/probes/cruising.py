"""Rounds that go like the round before are only compared, and told later: gradaudit/rounds.py.

[Note: Cruising] The hooks of a round (zero_grad, backward, clipping, step) are noted with what they
saw and what was told of it. When two rounds in a row were alike and healthy, the next ones are
only compared with them: every hook still looks at the gradients as always, but where it finds what
its place in the round expects, it tells nothing. Whatever differs ends the cruise: first what was
kept back is told, then the hook goes its usual way. So does whoever asks for the state of the run.
A round in which something is due (a power of two, a checkpoint) is told event by event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from gradaudit.arrays import IS_NOTHING
from gradaudit.events import (
    FROZEN,
    OK,
    SKIPPED,
    ZERO,
    BackwardEnded,
    Clipped,
    Event,
    FloatArray,
    GradientsReset,
    StepTaken,
)
from gradaudit.rounds import REPEATED, RepeatedRounds, rebuilt

MOST_ROUNDS = 64
MOST_NORMS = 1 << 20
"""Norms that are kept back at most: 8 MiB."""
LONGEST_SILENCE = 0.25
"""Seconds after which what was kept back is told at the end of a round."""
FARTHEST = 1024
"""Rounds within which the next one that is due is sought."""
WIDTH = 100.0
"""Times that the sum of all norms may grow or fall within a cruise."""
FIRST_STEPS = 12
"""Steps that are told one by one: rules look closely at the beginning of a run."""
HOOKS_AT_MOST = 128

_HOOKS = frozenset((
    "zero_grad_called", "backward_begins", "backward_ends", "norms_wanted", "clip_begins",
    "clip_ends", "step_begins", "closure_called", "closure_is_over", "step_ends",
))  # fmt: skip
_NOT_NOTED = frozenset(("norms_given", "catch_up"))
"""No part of a round: whoever asks for the state of the run does not change it."""
_VARIES = frozenset(("step", "number", "norm", "loss"))
_CALM = np.zeros(256, np.bool_)
_CALM[[OK, ZERO, FROZEN, SKIPPED]] = True


class Passed(NamedTuple):
    """A hook of a round, what it saw beside the gradients, and the events it told."""

    hook: str
    facts: tuple[Any, ...]
    events: tuple[Event, ...]


class Cruise:
    """Learns what a round is like, and keeps back those that are like it."""

    def __init__(
        self,
        tell: Callable[[RepeatedRounds], None] | None,
        feed: Callable[[Event], None],
        may_begin: Callable[[BackwardEnded, StepTaken], bool],
        is_due: Callable[[int, int, int], bool],
    ) -> None:
        """`is_due` is asked with the number of the step, of the round's first backward and of the
        one after its last; `tell` is None where rounds cannot be told together.
        """
        self._tell, self._feed = tell, feed
        self._may_begin, self._is_due = may_begin, is_due
        self.on = False
        self.went_on = False
        """The hook that is running saw what was expected; to be taken back when it is over."""
        self.shares_norms = False
        """In rounds like these, clipping has been seen to need the very norms that are measured."""
        self.expected = ""
        """The hook that comes next."""
        self.at = 0
        self.facts: tuple[Any, ...] = ()
        """What the hook that is running saw; while cruising, what it has to see."""
        self._told: list[Event] = []
        self._this: list[Passed] | None = []
        self._before: list[Passed] | None = None
        self._script: list[Passed] = []
        self._pattern: tuple[Event, ...] = ()
        self._since = 0.0
        self._lowest = self._highest = 0.0
        self._left = 0
        self._most = MOST_ROUNDS
        self._losses: list[float] = []
        self._norms: list[FloatArray] = []
        self._whole: list[tuple[tuple[float, ...], tuple[FloatArray, ...]]] = []
        self.backward: BackwardEnded | None = None
        """Of the pattern, the backward that comes next or is running."""
        self.taken: StepTaken | None = None
        """Of the pattern, the step."""
        self._backwards: list[BackwardEnded] = []
        self._already = 0
        """How many events of the round that is under way are told, as somebody asked."""

    # ------------------------------------------------------------------ learning

    def told(self, event: Event) -> None:
        """An event goes out: first what was kept back."""
        if self.on:
            self.leave()
        if self._tell is not None:
            self._told.append(event)

    def after(self, hook: str) -> None:
        """A hook is over, in which nothing went on as expected."""
        if hook not in _NOT_NOTED:
            self.passed(hook)

    def passed(self, hook: str) -> None:
        """A hook has gone its usual way."""
        if self._tell is None:
            return
        if self.on:
            self.leave()  # it told nothing, and yet it was not as expected
        events, self._told = tuple(self._told), []
        facts, self.facts = self.facts, ()
        if hook not in _HOOKS:
            self._this = None
        elif self._this is not None:
            self._this.append(Passed(hook, facts, events))
            if len(self._this) > HOOKS_AT_MOST:
                self._this = None
        if hook == "step_ends":
            self._round_is_over()

    def _round_is_over(self) -> None:
        this, before = self._this, self._before
        self._this, self._before = [], this
        # The script: after a round in which something was due all is as it was.
        if this is None or not (_same_rounds(before, this) or _same_rounds(self._script, this)):
            return
        events = tuple(event for one in this for event in one.events)
        if _is_calm(this, events):
            self._begin(this, events)

    def _begin(self, this: list[Passed], events: tuple[Event, ...]) -> None:
        step = events[-1]
        self._backwards = [one for one in events if isinstance(one, BackwardEnded)]
        assert isinstance(step, StepTaken)
        if not self._may_begin(self._backwards[-1], step):
            return
        self._left = self._rounds_until_due(self._backwards[-1].number + 1, step.step + 1)
        if not self._left:
            return
        n = len(self._backwards[-1].norm) * len(self._backwards)
        self._most = max(1, min(MOST_ROUNDS, MOST_NORMS // max(n, 1)))
        total = float(np.nansum(self._backwards[-1].norm))
        self._lowest, self._highest = total / WIDTH, total * WIDTH
        # Tried once for rounds that are alike, also after one in which something was due.
        self.shares_norms = self.shares_norms and _same_rounds(self._script, this)
        self._script, self._pattern, self.taken = this, events, step
        self.on, self.at = True, 0
        self._start_round()
        self._since = time.monotonic()

    def _rounds_until_due(self, backwards: int, step: int) -> int:
        each = len(self._backwards)
        for k in range(FARTHEST):
            first = backwards + k * each
            if self._is_due(step + k, first, first + each):
                return k
        return FARTHEST

    # ------------------------------------------------------------------ cruising

    def _start_round(self) -> None:
        self.at = 0
        self.expected, self.facts = self._script[0].hook, self._script[0].facts
        self.backward = self._backwards[0]
        self._losses, self._norms = [], []

    def expects(self, hook: str) -> bool:
        """Is this the hook that comes next in a round like those before?"""
        return self.on and self.expected == hook

    def go_on(self) -> None:
        """The hook saw what was expected."""
        self.went_on = True
        self.at += 1
        if self.at == len(self._script):
            self._complete()
            return
        following = self._script[self.at]
        self.expected, self.facts = following.hook, following.facts

    @property
    def events(self) -> tuple[Event, ...]:
        """What was told by the hook that comes next, in the round that was learned."""
        return self._script[self.at].events

    def is_in_range(self, norm: FloatArray) -> bool:
        """Is their sum of the size that it had? A jump is worth a word at once."""
        total = float(np.add.reduce(norm))
        if total != total:  # some have none
            total = float(np.nansum(norm))
        return self._lowest < total < self._highest

    def begun(self, loss: float) -> None:
        """A backward begins, as expected, with this loss."""
        self._losses.append(loss)
        self.go_on()

    def ended(self, norm: FloatArray) -> None:
        """A backward has ended, as expected, with these norms."""
        self.measured(norm)
        self.go_on()

    def measured(self, norm: FloatArray) -> None:
        """The norms of the last backward that went on without them."""
        self._norms.append(norm)
        done = len(self._norms)
        if done < len(self._backwards):
            self.backward = self._backwards[done]

    def may_wait_for_clipping(self) -> bool:
        """Are the norms of the backward that ends now wanted next, by clipping?"""
        following = self.at + 1
        return (
            self.shares_norms
            and following < len(self._script)
            and self._script[following].hook == "norms_wanted"
        )

    def step_back(self) -> None:
        """The hook that went on last was not as expected after all."""
        self.at -= 1
        self.expected, self.facts = self._script[self.at].hook, self._script[self.at].facts

    def last_norm(self) -> Any:
        """The norms of the last backward of this round; None where there was none yet."""
        return self._norms[-1] if self._norms else None

    def _complete(self) -> None:
        if self._already:
            self._pattern, rest = self._this_round(), self._already
            self._already = 0
            for event in self._pattern[rest:]:
                self._feed(event)
        else:
            self._whole.append((tuple(self._losses), tuple(self._norms)))
        self._left -= 1
        self._start_round()
        if self._left <= 0:
            self._stop()
            self._this = []
        elif len(self._whole) >= self._most or time.monotonic() - self._since > LONGEST_SILENCE:
            self.flush()

    def flush(self) -> None:
        """Tell the rounds that are complete."""
        self._since = time.monotonic()
        if not self._whole or self._tell is None:
            return
        whole, self._whole = self._whole, []
        rounds = RepeatedRounds(
            self._pattern, tuple(one for one, _ in whole), tuple(one for _, one in whole)
        )
        self._pattern = rounds.last
        self._tell(rounds)

    def catch_up(self) -> None:
        """Tell all that was kept back, also of the round that is under way, and go on."""
        if not self.on:
            return
        self.flush()
        passed = self._this_round()
        for event in passed[self._already :]:
            self._feed(event)
        self._already = len(passed)

    def leave(self) -> None:
        """Tell all that was kept back, also of the round that is under way, and cruise no more."""
        if not self.on:
            return
        self.catch_up()
        passed = iter(self._this_round())
        self._this = [
            Passed(one.hook, one.facts, tuple(islice(passed, len(one.events))))
            for one in self._script[: self.at]
        ]
        self._stop()

    def _this_round(self) -> tuple[Event, ...]:
        """Of the round that is under way, what the hooks that have passed would have told."""
        passed = sum(len(one.events) for one in self._script[: self.at])
        # Their numbers are those of the pattern that was learned: count from the one told last.
        return tuple(
            rebuilt(
                self._pattern[:passed], 1, len(self._backwards), tuple(self._losses),
                tuple(self._norms),
            )
        )  # fmt: skip

    def _stop(self) -> None:
        self.on, self.expected = False, ""
        self._before, self._already = self._script, 0
        self.facts = ()
        self.flush()


def _same_rounds(one: list[Passed] | None, other: list[Passed]) -> bool:
    return one is not None and len(one) == len(other) and all(map(_alike, one, other))


def _alike(one: Passed, other: Passed) -> bool:
    if one.hook != other.hook or one.facts != other.facts or len(one.events) != len(other.events):
        return False
    return all(map(_says_the_same, one.events, other.events))


def _says_the_same(one: Event, other: Event) -> bool:
    if type(one) is not type(other):
        return False
    for field in fields(one):
        if field.name in _VARIES:
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        if a is b:
            continue
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            if a is None or b is None or not np.array_equal(a, b):
                return False
        elif a != b:
            return False
    return True


def _is_calm(this: list[Passed], events: tuple[Event, ...]) -> bool:
    """Nothing in this round is worth a word."""
    backwards = [one for one in events if isinstance(one, BackwardEnded)]
    if not backwards or not isinstance(events[-1], StepTaken) or events[-1].step < FIRST_STEPS:
        return False
    if sum(isinstance(one, StepTaken) for one in events) != 1:
        return False
    if not all(type(one) in REPEATED for one in events):
        return False
    places = [i for i, one in enumerate(events) if isinstance(one, BackwardEnded)]
    if any(isinstance(one, Clipped) for one in events[: places[-1]]):
        return False
    if any(isinstance(one, GradientsReset) for one in events[places[0] :]):
        return False  # what a backward has left is thrown away
    order = [one.hook for one in this]
    if order[-1] != "step_ends" or order.count("step_begins") != 1:
        return False
    if order[-2] == "closure_is_over":  # one call of it, with the last backward inside
        if order.count("closure_called") != 1 or backwards[-1].in_step < 0:
            return False
    elif order[-2] != "step_begins":
        return False
    return all(map(_is_calm_backward, backwards)) and _is_calm_step(events[-1], backwards[-1])


def _is_calm_backward(event: BackwardEnded) -> bool:
    return (
        event.error is None
        and event.measured
        and event.loss_known
        and not event.scaled
        and event.scale == 1.0
        and not event.create_graph
        and event.evaluation <= 1
        and event.graph_leaves is None
        and not event.custom_functions
        and not event.root_is_leaf
        and bool(event.arrived.any())
        and bool(_CALM[event.status].all())
    )


def _is_calm_step(event: StepTaken, backward: BackwardEnded) -> bool:
    return (
        not event.manual
        and not event.inside_backward
        and not event.handmade
        and event.evaluations <= 1
        and len(event.held) > 0
        and bool(_CALM[event.status].all())
        and not bool(IS_NOTHING[event.status].all())
        and bool((event.status == OK).any())
        and np.array_equal(event.norm, backward.norm[event.held], equal_nan=True)
    )
