"""GA304: an optimizer holds parameters that get gradients, and nothing ever steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.words import count, optimizer_name

MANY = 20
SHORTEST_RUN = 3


class MissingStep(StateRule):
    """Nobody called step, and nobody changed the values either."""

    info = RuleInfo(
        "GA304",
        "missing-step",
        "an optimizer's parameters get gradients, but it never steps",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per idle optimizer."""
        stepped = history.stepped
        for optimizer in history.optimizers.values():
            if optimizer.manual or optimizer.steps or optimizer.attempts:
                continue
            held = np.unique(optimizer.held)
            left = held[~stepped[held] & ~history.changed_by_hand[held]]
            if not len(left):
                continue
            backwards = int(history.n_backwards[left].max())
            if backwards < (SHORTEST_RUN if final else MANY):
                continue
            yield Verdict(
                severity=Severity.WARNING,
                message=f"{optimizer_name(history, optimizer.index)} never stepped in "
                f"{count(backwards, 'backward')}: nothing that it holds is being trained",
                fix="call its step() after the backward",
                parameters=tuple(left[history.n_backwards[left] > 0].tolist()),
                optimizer=optimizer.index,
                key=optimizer.index,
                last_step=history.last_step,
                first_step=0,
                count=backwards,
            )
