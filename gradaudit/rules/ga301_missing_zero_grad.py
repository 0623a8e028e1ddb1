"""GA301: a step used a gradient that still held what an earlier step had used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import Event, StepTaken
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import optimizer_name, these


class MissingZeroGrad(Rule):
    """See history, [Note: Fresh, consumed, stale]."""

    info = RuleInfo(
        "GA301",
        "missing-zero-grad",
        "a step used a gradient that still held what an earlier step had used",
        Severity.ERROR,
    )
    hears = (StepTaken,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Where gradients are consumed."""
        if not isinstance(event, StepTaken) or event.evaluations > 1:
            return
        if event.manual and not event.follows_gradient:
            return
        optimizer = history.optimizers[event.optimizer]
        stale = event.held[optimizer.stale_now[event.held]]
        if not len(stale):
            return
        indices = np.unique(stale).tolist()
        name = optimizer_name(history, event.optimizer)
        some = len(indices) < len(np.unique(event.held[~event.frozen]))
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{name} stepped with gradients of {these(history, indices)} that still hold "
            "those of its earlier step: they were not zeroed in between",
            fix=("the zero_grad() in this loop does not reach these parameters: call it on the "
                 "optimizer that holds them" if some and not event.manual else
                 "call zero_grad() once per step, before the backward or after the step")
            if not event.manual else "zero the gradients by hand after each update "
            "(for instance w.grad = None)",
            parameters=tuple(indices),
            optimizer=event.optimizer,
            key=event.optimizer,
        )  # fmt: skip

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Where nothing that was used before is used again."""
        return not history.optimizers[rounds.step.optimizer].stale.any()
