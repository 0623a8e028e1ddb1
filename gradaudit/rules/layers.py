"""One module in every layer of a model: told as one, and forgiven where chance decides."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

import numpy as np

from gradaudit.findings import Cause, Severity
from gradaudit.grouping import families, shape_of
from gradaudit.history import History
from gradaudit.optimizer_history import OptimizerHistory

DEAD_WEIGHT = frozenset(("unused-module", "unused-output"))
"""Kinds of causes of which the module says it all."""


def alike(
    history: History, by_cause: dict[tuple[Cause | None, Severity], list[int]]
) -> Iterator[tuple[Hashable, Cause | None, Severity, list[int]]]:
    """What is told together: the same module of several layers, idle for the same reason, is one.

    The first entry tells findings apart, whatever layers join or leave.
    """
    by_cause = _joined(by_cause)
    together: dict[Hashable, list[tuple[Cause | None, Severity, list[int]]]] = {}
    for (cause, severity), indices in by_cause.items():
        key: Hashable = cause, severity
        if cause is not None and cause.module is not None and cause.kind in DEAD_WEIGHT:
            model = history.parameters[indices[0]].model
            key = replace(cause, module=shape_of(cause.module)), severity, model
        together.setdefault(key, []).append((cause, severity, indices))
    for key, members in together.items():
        cause, severity, indices = members[0]
        if len(members) == 1 or cause is None:
            yield (key, 0), cause, severity, indices
            continue
        of_module = {str(c.module): below for c, _, below in members if c is not None}
        model = history.parameters[indices[0]].model
        known = {
            above
            for info in history.parameters
            if info.model == model
            for above in _with_those_above(info.module)
        }
        for number, family in enumerate(families(of_module, known)):
            below = sorted(i for name in family.members for i in of_module[name])
            yield (key, number), replace(cause, module=family.pattern), severity, below


def _joined(
    by_cause: dict[tuple[Cause | None, Severity], list[int]],
) -> dict[tuple[Cause | None, Severity], list[int]]:
    """What is idle in one module is one finding, also where only some of it has a line to name."""
    lines: dict[Hashable, Cause] = {}
    for cause, severity in by_cause:
        if cause is not None and cause.kind in DEAD_WEIGHT and cause.file is not None:
            lines.setdefault((cause.kind, cause.module, severity), cause)
    joined: dict[tuple[Cause | None, Severity], list[int]] = {}
    for (cause, severity), indices in by_cause.items():
        if cause is not None and cause.file is None and cause.module is not None:
            cause = lines.get((cause.kind, cause.module, severity), cause)
        joined.setdefault((cause, severity), []).extend(indices)
    return {key: sorted(indices) for key, indices in joined.items()}


def _with_those_above(module: str) -> Iterator[str]:
    parts = module.split(".") if module else []
    return (".".join(parts[:i]) for i in range(1, len(parts) + 1))


class Luck:
    """Which of several layers alike take part is drawn anew in each step: experts, layerdrop."""

    def __init__(self, history: History, optimizer: OptimizerHistory) -> None:
        self._names = history.display_names()
        self._varies: dict[str, bool] = {}
        for i in np.unique(optimizer.held).tolist():
            shape = shape_of(self._names[i])
            arrived, judged = optimizer.n_arrived[i], optimizer.n_judged[i]
            expert = "expert" in shape
            if arrived > 0 and (expert or arrived < judged):
                self._varies[shape] = True

    def may_come(self, index: int) -> bool:
        """Its like in another layer got a gradient in some steps only; of experts: in any."""
        return self._varies.get(shape_of(self._names[index]), False)
