"""GA402: an optimizer holds a parameter that the models have no longer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.twins import copied_elsewhere, orphaned
from gradaudit.rules.words import optimizer_name, these

FIX = (
    "create the optimizer after the last change to the model (replacing a layer, resizing an "
    "embedding, copying or re-creating the model), or give it the new parameters"
)


class StaleOptimizerParameter(StateRule):
    """Replaced, copied or re-created after the optimizer was made."""

    info = RuleInfo(
        "GA402",
        "stale-optimizer-parameter",
        "an optimizer holds a parameter that the models have no longer",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per optimizer."""
        for optimizer in history.optimizers.values():
            if optimizer.manual or not (optimizer.steps or optimizer.attempts):
                continue
            if optimizer.dead:
                yield self._replaced(history, optimizer)
                continue
            orphans = orphaned(history, optimizer)
            if orphans and optimizer.steps >= 2:
                yield self._orphaned(history, optimizer, orphans)
                continue
            twins = copied_elsewhere(history, optimizer)
            if twins and optimizer.steps >= 2:
                yield self._copied(history, optimizer, twins)

    def _replaced(self, history: History, optimizer: OptimizerHistory) -> Verdict:
        indices = [i for i in optimizer.twins if i >= 0]
        held = np.unique(optimizer.held)
        live = bool(len(held)) and bool(optimizer.n_arrived[held].any())
        what = "the tensor that" if len(indices) == 1 else "the tensors that"
        return Verdict(
            severity=Severity.WARNING if live else Severity.ERROR,
            message=f"{optimizer_name(history, optimizer.index)} holds {what} "
            f"{these(history, indices)} used to be: the model has others in their place now"
            + ("" if live else ", and nothing it holds is alive"),
            fix=FIX,
            parameters=tuple(sorted(indices)),
            optimizer=optimizer.index,
            cause=Cause("replaced-parameter"),
            key=optimizer.index,
            first_step=optimizer.first_seen,
            last_step=history.last_step,
            count=optimizer.steps,
        )

    def _orphaned(
        self, history: History, optimizer: OptimizerHistory, orphans: list[int]
    ) -> Verdict:
        all_of_it = len(orphans) == len(np.unique(optimizer.held))
        return Verdict(
            severity=Severity.ERROR if all_of_it else Severity.WARNING,
            message=f"{optimizer_name(history, optimizer.index)} holds {these(history, orphans)}, "
            "which no live module has and no backward reaches, while parameters that get gradients "
            "are in no optimizer",
            fix=FIX,
            parameters=tuple(orphans),
            optimizer=optimizer.index,
            cause=Cause("replaced-parameter"),
            key=optimizer.index,
            first_step=optimizer.first_seen,
            last_step=history.last_step,
            count=optimizer.steps,
        )

    def _copied(
        self, history: History, optimizer: OptimizerHistory, twins: dict[int, int]
    ) -> Verdict:
        other = history.parameters[next(iter(twins.values()))].model
        return Verdict(
            severity=Severity.ERROR,
            message=f"{optimizer_name(history, optimizer.index)} holds the parameters of a model "
            f"that is not trained: the gradients go to its copy `{other}`",
            fix=FIX,
            parameters=tuple(sorted(twins)),
            optimizer=optimizer.index,
            cause=Cause("replaced-parameter"),
            key=optimizer.index,
            first_step=optimizer.first_seen,
            last_step=history.last_step,
            count=optimizer.steps,
        )
