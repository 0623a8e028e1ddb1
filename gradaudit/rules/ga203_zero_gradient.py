"""GA203: a gradient is exactly zero, step after step."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.words import QUERIES_AND_KEYS, count, optimizer_name, these

LONG = 10
SHORTEST_RUN = 2
FIX = (
    "look for dead units (ReLU that never fires), saturation, clamping or a comparison on the way "
    "to the loss, or multiplication by zero; a zero-initialised gate is fine"
)


class ZeroGradient(StateRule):
    """Often legitimate (zero-initialised gates, biases under a shift-invariant loss): no error."""

    info = RuleInfo(
        "GA203", "zero-gradient", "a gradient is exactly zero in many steps", Severity.INFO
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Whole modules in one verdict, single parameters in another."""
        for optimizer in history.optimizers.values():
            if optimizer.manual or not len(optimizer.held):
                continue
            held = np.unique(optimizer.held)
            long = held[optimizer.longest_zero[held] >= LONG]
            # Over (it learns again), or nothing is left to learn: facts, no faults.
            now = held[optimizer.n_zero[held] >= LONG]
            lasting: set[int] = (
                set() if _nothing_to_learn(history, optimizer) else set(now.tolist())
            )
            whole = self._whole_modules(history, optimizer, lasting)
            single = [i for i in long.tolist() if i not in whole]
            short: list[int] = []
            if final:
                always = (optimizer.longest_zero[held] == optimizer.n_judged[held]) & (
                    optimizer.n_judged[held] >= SHORTEST_RUN
                )
                short = [i for i in held[always].tolist() if optimizer.longest_zero[i] < LONG]
            if whole:
                yield self._verdict(history, optimizer, sorted(whole), Severity.WARNING, "modules")
            for indices, key in ((single, "single"), (short, "short")):
                if indices:
                    yield self._verdict(history, optimizer, indices, Severity.INFO, key)

    def _whole_modules(
        self, history: History, optimizer: OptimizerHistory, zero: set[int]
    ) -> set[int]:
        """Parameters of modules that ran and whose every trainable parameter is zero."""
        members: dict[tuple[str, str], list[int]] = {}
        for i, info in enumerate(history.parameters):
            if info.kind == "parameter" and history.trainable[i]:
                members.setdefault((info.model, info.module), []).append(i)
        result: set[int] = set()
        for i in zero:
            info = history.parameters[i]
            group = members.get((info.model, info.module), [])
            if group and all(one in zero for one in group) and self._ran(history, i):
                result.update(group)
        return result

    @staticmethod
    def _ran(history: History, index: int) -> bool:
        modules = history.modules
        if modules is None or index >= len(modules.known) or not modules.known[index]:
            return True
        return bool(modules.ran[index])

    @staticmethod
    def _verdict(
        history: History,
        optimizer: OptimizerHistory,
        indices: list[int],
        severity: Severity,
        key: str,
    ) -> Verdict:
        steps = int(optimizer.longest_zero[indices].max())
        # Other optimizers step in between: numbers of steps are those of the run.
        first = int(optimizer.longest_from[indices].min())
        last = int(optimizer.longest_to[indices].max())
        return Verdict(
            severity=severity,
            message=f"the gradient of {these(history, indices)} is exactly zero in "
            f"{count(steps, 'step')} in a row of {optimizer_name(history, optimizer.index)}",
            fix=_fix(history, indices),
            parameters=tuple(indices),
            optimizer=optimizer.index,
            key=(optimizer.index, key),
            first_step=first,
            last_step=last,
            count=steps,
        )


def _fix(history: History, indices: list[int]) -> str:
    """What to look for; first what parameters of such names and layers often have it from."""
    infos = [history.parameters[i] for i in indices]
    if all(set(re.split(r"[._]", one.name.lower())) & QUERIES_AND_KEYS for one in infos):
        return (
            "attention over a single token gives its queries and keys no gradient (a softmax of "
            "one number is 1): nothing to do where that is all there is; else look for inputs "
            "that are too short, a mask that leaves one token, or scores that are saturated"
        )
    if all("Embedding" in one.module_class for one in infos):
        return (
            "an embedding learns only from the rows that are looked up, and never from "
            "padding_idx: nothing to do where these batches need none of them; else look whether "
            "only padding gets there"
        )
    if all(one.name.endswith("bias") for one in infos):
        return f"{FIX}, and so is a bias whose shift the loss does not feel (before a softmax)"
    return FIX


def _nothing_to_learn(history: History, optimizer: OptimizerHistory) -> bool:
    """Everything is zero at once, at a loss of 0 or after it was not: the task is solved."""
    held = np.unique(optimizer.held)
    judged = held[optimizer.n_judged[held] > 0]
    if not len(judged) or not (optimizer.n_zero[judged] > 0).all():
        return False
    last = history.last_backward
    at_zero = last is not None and last.loss_known and last.loss == 0.0
    return at_zero or bool((optimizer.n_zero[judged] < optimizer.n_arrived[judged]).any())
