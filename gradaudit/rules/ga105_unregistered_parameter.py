"""GA105: a leaf gets gradients and belongs to no module and no optimizer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.words import count, these


class UnregisteredParameter(StateRule):
    """Layers in a list, a layer built in forward, a tensor attribute, a re-wrapped weight."""

    info = RuleInfo(
        "GA105",
        "unregistered-parameter",
        "a leaf gets gradients but belongs to no module and no optimizer",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """All strays of a run in one verdict for each kind."""
        if not any(o.steps or o.attempts for o in history.optimizers.values()):
            return
        wanted = history.is_stray() & (history.n_backwards >= (1 if final else 2))
        wanted &= ~history.held & ~history.consumed_by_hand
        # A weight that is wrapped anew in each forward: registered by name, never twice the same.
        registered = np.array([info.kind == "parameter" for info in history.parameters], np.bool_)
        rewrapped = registered & (history.replacements >= 2) & ~history.held
        rewrapped &= history.n_backwards >= 2
        for mask, key, how in (
            (wanted, "stray", "registered in no module"),
            (rewrapped, "rewrapped", "replaced by a new tensor again and again"),
        ):
            by_cause: dict[Cause, list[int]] = {}
            for i in np.flatnonzero(mask).tolist():
                by_cause.setdefault(_cause(history, i), []).append(i)
            for cause, indices in by_cause.items():
                yield _verdict(history, indices, cause, key, how)


def _cause(history: History, index: int) -> Cause:
    """Where it was made, or used, as far as a traced step has shown it."""
    for trace in history.traces:
        if index < len(trace.cause_of) and trace.cause_of[index] >= 0:
            cause = trace.causes[trace.cause_of[index]]
            if cause.kind == "unregistered-leaf":
                return cause
    return Cause("unregistered-leaf")


def _verdict(history: History, indices: list[int], cause: Cause, key: str, how: str) -> Verdict:
    n = int(history.n_backwards[indices].max())
    return Verdict(
        severity=Severity.WARNING,
        message=f"{these(history, indices)}: got gradients in {count(n, 'backward')}, but "
        f"{how} and held by no optimizer, so training never changes "
        f"{'it' if len(indices) == 1 else 'them'}",
        fix="keep layers in nn.ModuleList or nn.ModuleDict and tensors in nn.Parameter "
        "attributes, build them in __init__, and create the optimizer afterwards",
        parameters=tuple(indices),
        cause=cause,
        key=(key, cause),
        first_step=int(history.first_arrival[indices].min()),
        last_step=int(history.last_arrival[indices].max()),
        count=n,
    )
