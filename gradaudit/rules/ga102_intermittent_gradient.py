"""GA102: a gradient arrived in some steps and not in others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.twins import awaited
from gradaudit.rules.words import optimizer_name, these


class IntermittentGradient(StateRule):
    """k of n steps."""

    info = RuleInfo(
        "GA102",
        "intermittent-gradient",
        "a gradient arrived in some steps and not in others",
        Severity.INFO,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Parameters with the same k and n are one verdict."""
        for optimizer in history.optimizers.values():
            if optimizer.manual or not len(optimizer.held):
                continue
            held = np.unique(optimizer.held)
            judged, arrived = optimizer.n_judged[held], optimizer.n_arrived[held]
            some = held[(arrived > 0) & (arrived < judged)]
            shares: dict[tuple[int, int], list[int]] = {}
            for i in sorted({*some.tolist()} - awaited(history)):
                k, n = int(optimizer.n_arrived[i]), int(optimizer.n_judged[i])
                shares.setdefault((k, n), []).append(i)
            for (k, n), indices in shares.items():
                yield Verdict(
                    severity=Severity.INFO,
                    message=f"{these(history, indices)} got a gradient in {k} of {n} steps of "
                    f"{optimizer_name(history, optimizer.index)}",
                    fix="nothing to do where it is meant (layerdrop, alternating heads, experts); "
                    "else look at the branch that leaves it out",
                    parameters=tuple(indices),
                    optimizer=optimizer.index,
                    key=(optimizer.index, tuple(indices)),
                    first_step=int(optimizer.first_missing[indices].min()),
                    last_step=int(optimizer.last_missing[indices].max()),
                    count=n - k,
                    evidence={"arrived": k, "steps": n},
                )
