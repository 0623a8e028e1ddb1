"""GA403: an optimizer holds parameters that are frozen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.words import count, optimizer_name, these

SURE_AFTER = 100
"""Steps after which a group that is frozen as a whole is not just waiting to be thawed."""

SHORTEST_RUN = 2


class FrozenParameterInOptimizer(StateRule):
    """A frozen backbone in the same group is usual; a group with nothing else is not."""

    info = RuleInfo(
        "GA403",
        "frozen-parameter-in-optimizer",
        "an optimizer holds parameters that are frozen",
        Severity.INFO,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Whole groups in one verdict, single parameters in another."""
        for optimizer in history.optimizers.values():
            if optimizer.manual or not len(optimizer.held) or not optimizer.steps:
                continue
            yield from self._judge(history, optimizer, final=final)

    def _judge(
        self, history: History, optimizer: OptimizerHistory, *, final: bool
    ) -> Iterator[Verdict]:
        frozen, present = optimizer.n_frozen[optimizer.held], optimizer.n_held[optimizer.held]
        always = (frozen >= present) & (present > 0)
        steps = int(present.max())
        thawing = bool(((frozen > 0) & (frozen < present)).any())
        sure = steps >= SURE_AFTER or (final and steps >= SHORTEST_RUN and not thawing)
        whole: list[int] = []
        single: list[int] = []
        groups = optimizer.groups
        if len(groups) != len(optimizer.held):
            groups = np.zeros(len(optimizer.held), np.int32)
        for group in np.unique(groups).tolist():
            mine = groups == group
            target = whole if sure and always[mine].all() else single
            target.extend(optimizer.held[mine & always].tolist())
        name = optimizer_name(history, optimizer.index)
        for indices, severity, key, what in (
            (whole, Severity.WARNING, "group", "a whole parameter group"),
            (single, Severity.INFO, "single", "parameters"),
        ):
            if indices:
                yield Verdict(
                    severity=severity,
                    message=f"{name} holds {what} with requires_grad=False: "
                    f"{these(history, indices)} cannot learn",
                    fix="unfreeze what should learn, or leave it out of the optimizer",
                    parameters=tuple(sorted(set(indices))),
                    optimizer=optimizer.index,
                    cause=Cause("requires-grad-off"),
                    key=(optimizer.index, key),
                    first_step=optimizer.first_seen,
                    last_step=history.last_step,
                    count=steps,
                    evidence={"steps": count(steps, "step")},
                )
