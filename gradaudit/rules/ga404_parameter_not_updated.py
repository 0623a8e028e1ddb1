"""GA404: steps used finite non-zero gradients, and the value never changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import BoolArray, Event, IndexArray, ParametersChecked
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import count, optimizer_name, these

STALE_CASTS = 3
"""Steps in a row after which the forward still used weights from before the step."""


NOISE = 1e-4
"""Times the median gradient per element of its optimizer: a bias before a BatchNorm has no more."""


def _negligible(history: History, optimizer: int, indices: IndexArray) -> BoolArray:
    held = np.unique(history.optimizers[optimizer].held)
    sizes = np.array([max(history.parameters[i].numel, 1) for i in held.tolist()])
    each = np.nan_to_num(history.norm[held]) / np.sqrt(sizes)
    usual = float(np.median(each[each > 0])) if (each > 0).any() else 0.0
    mine = dict(zip(held.tolist(), each.tolist(), strict=True))
    return np.array([mine.get(i, 0.0) < NOISE * usual for i in indices.tolist()], np.bool_)


class ParameterNotUpdated(Rule):
    """The update is lost (rounding, a zero rate), or the forward does not see it."""

    info = RuleInfo(
        "GA404",
        "parameter-not-updated",
        "steps used its gradient, and the value never changed",
        Severity.WARNING,
    )
    hears = (ParametersChecked,)

    def __init__(self) -> None:
        self._casts: dict[int, int] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """After the steps in which values were compared."""
        if not isinstance(event, ParametersChecked):
            return
        name = optimizer_name(history, event.optimizer)
        if len(event.unchanged):
            zero = event.zero_rate
            off = zero if zero is not None else np.zeros(len(event.unchanged), np.bool_)
            off = off | _negligible(history, event.optimizer, event.unchanged)
            for indices, severity, why in (
                (event.unchanged[~off], Severity.WARNING, ""),
                (
                    event.unchanged[off],
                    Severity.INFO,
                    " (its learning rate is 0, or its gradient is mere rounding noise)",
                ),
            ):
                if len(indices):
                    yield Verdict(
                        severity=severity,
                        message=f"{these(history, indices.tolist())} did not change in "
                        f"{count(event.over, 'step')} of {name} that used finite non-zero "
                        f"gradients{why}",
                        fix="check the learning rate, and whether the update is too small for the "
                        "parameter's dtype (bf16 keeps 3 digits: train float32 master weights)",
                        parameters=tuple(indices.tolist()),
                        optimizer=event.optimizer,
                        key=(event.optimizer, "unchanged", severity),
                        evidence={"steps": event.over},
                    )
        if event.stale_casts:
            seen = self._casts[event.optimizer] = self._casts.get(event.optimizer, 0) + 1
            if seen >= STALE_CASTS:
                held = np.unique(history.optimizers[event.optimizer].held)
                yield Verdict(
                    severity=Severity.WARNING,
                    message=f"the forward does not see the steps of {name}: autocast still uses "
                    "the low-precision copies of the weights that it made before them",
                    fix="enter torch.autocast for each forward anew and leave it before the step",
                    parameters=tuple(held.tolist()),
                    optimizer=event.optimizer,
                    key=(event.optimizer, "casts"),
                )
