"""GA302: a step found no gradient, or only zeros, in everything it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradaudit.arrays import IS_BAD, IS_NOTHING
from gradaudit.events import BackwardEnded, Event, Site, Status, StepTaken
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at, count, optimizer_name

OFTEN = 3
"""Steps on cleared gradients from which it is no skipping of single bad batches any more."""


@dataclass(slots=True)
class _Seen:
    cleared: int = 0
    idle: int = 0
    first_cleared: int = 0
    last_cleared: int = 0
    first_idle: int = 0
    last_idle: int = 0
    site: Site | None = None
    by: str = ""
    parameters: tuple[int, ...] = ()


class StepWithoutGradient(Rule):
    """Cleared after the backward, or no backward came."""

    info = RuleInfo(
        "GA302",
        "step-without-gradient",
        "a step found no gradient for anything it holds",
        Severity.ERROR,
    )
    hears = (BackwardEnded, StepTaken)

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._finite = True

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Counts; `conclude` judges."""
        if isinstance(event, BackwardEnded):
            self._finite = not IS_BAD[event.status].any()
        if not isinstance(event, StepTaken) or event.manual or event.inside_backward:
            return iter(())
        optimizer = history.optimizers[event.optimizer]
        usable = ~event.frozen & (event.status != Status.SKIPPED)
        if not usable.any() or not IS_NOTHING[event.status[usable]].all():
            return iter(())
        seen = self._seen.setdefault(event.optimizer, _Seen())
        held = event.held[usable]
        lost = held[optimizer.cleared_since[held]]
        if len(lost) and self._finite:
            seen.first_cleared = seen.first_cleared if seen.cleared else event.step
            seen.cleared += 1
            seen.last_cleared = event.step
            seen.site, seen.by = optimizer.cleared_at, optimizer.cleared_by
            seen.parameters = tuple(np.unique(lost).tolist())
        elif not optimizer.backwards_since:
            seen.first_idle = seen.first_idle if seen.idle else event.step
            seen.idle += 1
            seen.last_idle = event.step
        return iter(())

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Where the step finds a gradient."""
        return not IS_NOTHING[rounds.step.status].all()

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """All of them were finite."""
        self._finite = True

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Error where it is the rule, info where it happened now and then."""
        for index, seen in self._seen.items():
            optimizer = history.optimizers[index]
            name = optimizer_name(history, index)
            if seen.cleared:
                often = seen.cleared >= OFTEN or (final and seen.cleared * 2 >= optimizer.steps)
                where = f" by {seen.by}()" if seen.by == "zero_grad" else ""
                yield Verdict(
                    severity=Severity.ERROR if often else Severity.INFO,
                    message=f"{name} stepped without a gradient in {count(seen.cleared, 'step')}: "
                    f"they were cleared{where} after the backward{at(seen.site)}",
                    fix="clear gradients before the backward or after the step, not in between",
                    parameters=seen.parameters,
                    optimizer=index,
                    cause=Cause.at("cleared", seen.site, op=seen.by),
                    key=(index, "cleared"),
                    first_step=seen.first_cleared,
                    last_step=seen.last_cleared,
                    count=seen.cleared,
                )
            if seen.idle:
                yield Verdict(
                    severity=Severity.INFO,
                    message=f"{name} stepped without any backward before in "
                    f"{count(seen.idle, 'step')}",
                    fix="nothing to do where a batch was skipped on purpose",
                    optimizer=index,
                    key=(index, "idle"),
                    first_step=seen.first_idle,
                    last_step=seen.last_idle,
                    count=seen.idle,
                )
