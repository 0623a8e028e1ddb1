"""GA401: a parameter gets gradients, and no optimizer holds it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.twins import told_as_replaced
from gradaudit.rules.words import count, these

BACKWARDS = 5
SHORTEST_RUN = 2


class ParameterNotInOptimizer(StateRule):
    """While some optimizer steps, and nobody moves the parameter along its gradient by hand."""

    info = RuleInfo(
        "GA401",
        "parameter-not-in-optimizer",
        "a parameter gets gradients, and no optimizer holds it",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per model."""
        needed = SHORTEST_RUN if final else BACKWARDS
        steps = sum(o.steps + o.attempts for o in history.optimizers.values() if not o.manual)
        if steps < needed:
            return
        registered = np.array(
            [
                info.kind in ("parameter", "tensor")
                and info.is_parameter
                and not info.averaged_copy
                for info in history.parameters
            ],
            np.bool_,
        )
        lost = registered & ~history.held & ~history.consumed_by_hand & history.trainable
        lost &= (history.n_backwards >= needed) & (history.replacements < 2)
        lost[list(told_as_replaced(history))] = False
        models: dict[str, list[int]] = {}
        for i in np.flatnonzero(lost).tolist():
            models.setdefault(history.parameters[i].model, []).append(i)
        for model, indices in models.items():
            n = int(history.n_backwards[indices].max())
            verb = "is" if len(indices) == 1 else "are"
            yield Verdict(
                severity=Severity.WARNING,
                message=f"{these(history, indices)} got gradients in {count(n, 'backward')}, but "
                f"{verb} in no optimizer, so no step ever changes {_it(indices)}",
                fix="pass them to the optimizer (add_param_group for later layers), or freeze "
                "them with requires_grad_(False), or compute their part under torch.no_grad()",
                parameters=tuple(indices),
                key=model,
                first_step=int(history.first_arrival[indices].min()),
                last_step=int(history.last_arrival[indices].max()),
                count=n,
            )


def _it(indices: list[int]) -> str:
    return "it" if len(indices) == 1 else "them"
