"""GA602: a step uses gradients that DistributedDataParallel has not averaged over the ranks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import Event, GradientsUnsynchronized
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.optimizer_history import OptimizerHistory
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.missing import cause_of
from gradaudit.rules.replicas import bypassed, evidence, mending, outside, unfinished

SURE_AFTER = 2
"""Steps after which a wrapper that nobody uses is a mistake, not a phase of the loop."""


class UnsynchronizedGradient(Rule):
    """What one rank knows by itself: its reducer has not finished, or was never asked."""

    info = RuleInfo(
        "GA602",
        "unsynchronized-gradient",
        "a step used gradients that were not averaged over the ranks",
        Severity.ERROR,
    )
    hears = (GradientsUnsynchronized,)

    def __init__(self) -> None:
        self._first: dict[tuple[str, int], int] = {}
        self._count: dict[tuple[str, int], int] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At the step, before it is applied."""
        if not isinstance(event, GradientsUnsynchronized):
            return
        if event.why == "unfinished":
            yield from _unfinished(event, history)
            return
        key = (event.why, event.optimizer)
        first = self._first.setdefault(key, event.step)
        steps = self._count[key] = self._count.get(key, 0) + 1
        if steps >= SURE_AFTER:
            say = bypassed if event.why == "bypassed" else outside
            yield Verdict(
                severity=Severity.ERROR,
                message=say(event, history, steps),
                fix=mending(event),
                parameters=tuple(event.local.tolist()),
                optimizer=event.optimizer,
                key=key,
                first_step=first,
                last_step=event.step,
                count=steps,
                evidence=evidence(event, history),
            )


def _unfinished(event: GradientsUnsynchronized, history: History) -> Iterator[Verdict]:
    """One verdict for each cause of a gradient that did not come."""
    frozen = set(event.frozen.tolist())
    by_cause: dict[Cause | None, list[int]] = {}
    for i in event.missing.tolist():
        cause = Cause("requires-grad-off") if i in frozen else _cause(event, history, i)
        by_cause.setdefault(cause, []).append(i)
    for cause, missing in (by_cause or {None: []}).items():
        yield Verdict(
            severity=Severity.ERROR,
            message=unfinished(event, history, missing, cause),
            fix=mending(event, cause),
            parameters=tuple(missing),
            optimizer=event.optimizer if event.optimizer >= 0 else None,
            cause=cause,
            key=("unfinished", cause),
            evidence=evidence(event, history),
        )


def _cause(event: GradientsUnsynchronized, history: History, index: int) -> Cause | None:
    """Why nothing came, as far as it shows so far; a way that was there before says nothing."""
    if history.n_backwards[index] > 0:
        return None
    for optimizer in history.optimizers.values():
        if event.optimizer in (-1, optimizer.index) and not optimizer.manual:
            return cause_of(history, optimizer, index)
    # None has stepped yet: as one would see it that holds everything.
    anybody = OptimizerHistory(-1, "", held=np.arange(history.n, dtype=np.int32))
    anybody.grow(history.n)
    return cause_of(history, anybody, index)
