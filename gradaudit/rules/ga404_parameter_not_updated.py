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


NO_FIX = "nothing to do where it is meant; else give its group a learning rate of its own"
FIX = (
    "check the learning rate, whether the update is too small for the parameter's dtype (bf16 "
    "keeps 3 digits: train float32 master weights), and whether the optimizer writes to these "
    "tensors or to copies"
)
COARSE = ("bfloat16", "float16")


def _sorted(
    history: History, event: ParametersChecked
) -> Iterator[tuple[list[int], Severity, str, str]]:
    """The unchanged ones by what is known of the reason: which, how bad, why, what to do."""
    unchanged = event.unchanged
    nothing = np.zeros(len(unchanged), np.bool_)
    off = nothing if event.zero_rate is None else event.zero_rate
    off = off | _negligible(history, event.optimizer, unchanged)
    rounded = (nothing if event.rounded_away is None else event.rounded_away) & ~off
    moving = nothing if event.others_move is None else event.others_move
    if (rest := unchanged[~off & ~rounded]).size:
        yield rest.tolist(), Severity.WARNING, "", FIX
    if (rest := unchanged[off]).size:
        why = " (its learning rate is 0, or its gradient is mere rounding noise)"
        yield rest.tolist(), Severity.INFO, why, NO_FIX
    dtypes = [history.parameters[i].dtype for i in unchanged.tolist()]
    for dtype in dict.fromkeys(dtypes):
        mine = rounded & np.array([one == dtype for one in dtypes], np.bool_)
        why = f": each update is so small that {dtype} rounds it away at values of this size"
        coarse = dtype in COARSE
        if coarse:
            fix = f"keep float32 master weights ({dtype} has about 3 digits), or raise the rate"
        else:
            fix = "raise the learning rate, or scale what these parameters multiply"
        if (rest := unchanged[mine & (coarse | ~moving)]).size:
            yield rest.tolist(), Severity.WARNING, why, fix
        if (rest := unchanged[mine & moving & (not coarse)]).size:
            # What is lost is under a ten-millionth of the value in each step.
            yield rest.tolist(), Severity.INFO, f"{why} (other parameters do move)", NO_FIX


def _negligible(history: History, optimizer: int, indices: IndexArray) -> BoolArray:
    held = np.unique(history.optimizers[optimizer].held)
    sizes = np.array([max(history.parameters[i].numel, 1) for i in held.tolist()])
    norms = history.norm[held]
    each = np.where(np.isfinite(norms), norms, 0.0) / np.sqrt(sizes)
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
        for indices, severity, why, fix in _sorted(history, event):
            yield Verdict(
                severity=severity,
                message=f"{these(history, indices)} did not change in {count(event.over, 'step')} "
                f"of {name} that used finite non-zero gradients{why}",
                fix=fix,
                parameters=tuple(indices),
                optimizer=event.optimizer,
                key=(event.optimizer, "unchanged", severity, why),
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
