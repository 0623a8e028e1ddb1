"""GA307: one step(closure) adds several evaluations into one gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import BackwardEnded, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, padded
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at, optimizer_name, these


class ClosureAccumulates(Rule):
    """The closure is called again within one step, and what it left is still there."""

    info = RuleInfo(
        "GA307",
        "closure-accumulates",
        "one step(closure) adds several evaluations into one gradient",
        Severity.ERROR,
    )
    hears = (BackwardEnded,)

    def __init__(self) -> None:
        self._earlier: dict[int, tuple[int, np.ndarray[tuple[int], np.dtype[np.bool_]]]] = {}
        self._number: dict[int, int] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At backwards inside a closure."""
        if not isinstance(event, BackwardEnded) or event.in_step < 0:
            return
        optimizer = history.optimizers.get(event.in_step)
        if optimizer is None:
            return
        key = event.in_step
        step, left = self._earlier.get(key, (-1, np.zeros(0, np.bool_)))
        if step != optimizer.steps or event.evaluation <= 1:
            left = np.zeros(0, np.bool_)
        arrived = padded(event.arrived, history.n)
        held = np.zeros(history.n, np.bool_)
        held[optimizer.held] = True
        again = padded(left, history.n) & arrived & padded(event.before, history.n) & held
        previous = self._number.get(key, 0)
        self._number[key] = event.evaluation
        self._earlier[key] = (optimizer.steps, padded(left, history.n) | arrived)
        if event.evaluation <= 1 or previous == event.evaluation or not again.any():
            return
        indices = np.flatnonzero(again).tolist()
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{optimizer_name(history, key)} evaluates its closure several times in one "
            f"step, and each evaluation adds onto the gradient of {these(history, indices)} that "
            f"the one before left{at(event.site)}",
            fix="call optimizer.zero_grad() at the start of the closure",
            parameters=tuple(indices),
            optimizer=key,
            key=key,
        )

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Where no step calls its closure again."""
        return all(one.evaluation <= 1 for one in rounds.backwards)

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """What the last closure has left."""
        inside = [one for one in rounds.backwards if one.in_step in history.optimizers]
        if inside:
            last = inside[-1]
            steps = history.optimizers[last.in_step].steps - 1
            self._number[last.in_step] = last.evaluation
            self._earlier[last.in_step] = (steps, padded(last.arrived, history.n).copy())
