"""GA101: a parameter never got a gradient while a sibling did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.remedies import FREEZE, remedy
from gradaudit.rules.traced import CUTS, function_called, made_at, touched, traced_cause
from gradaudit.rules.twins import copied_elsewhere, orphaned
from gradaudit.rules.words import count, optimizer_name, these

SURE_AFTER = 20
"""Steps in which a sibling arrived and it did not: then it is no layerdrop any more."""

SHORTEST_RUN = 2


class MissingGradient(StateRule):
    """Never arrived at a step of an optimizer that holds it."""

    info = RuleInfo(
        "GA101",
        "missing-gradient",
        "a trainable parameter in an optimizer never got a gradient",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per optimizer and cause."""
        for optimizer in history.optimizers.values():
            if optimizer.manual or not len(optimizer.held):
                continue
            if optimizer.judged == 0:
                yield from self._nothing_arrived(history, optimizer, final=final)
                continue
            held = np.unique(optimizer.held)
            judged, arrived = optimizer.n_judged[held], optimizer.n_arrived[held]
            # GA602 tells of those that the other ranks wait for as well.
            left_behind = {*orphaned(history, optimizer), *history.awaited_by_ranks}
            never = held[(judged > 0) & (arrived == 0) & history.trainable[held]]
            by_cause: dict[tuple[Cause | None, Severity], list[int]] = {}
            for i in never.tolist():
                if i in left_behind or _learns_elsewhere(history, optimizer, i):
                    continue
                cause = cause_of(history, optimizer, i)
                shown = cause is not None and cause.kind in CUTS and cause.certain
                sure = (
                    shown
                    or optimizer.n_judged[i] >= SURE_AFTER
                    or (
                        final
                        and optimizer.n_judged[i]
                        >= max(SHORTEST_RUN, min(optimizer.judged, SURE_AFTER))
                    )
                )
                severity = Severity.WARNING if sure else Severity.INFO
                by_cause.setdefault((cause, severity), []).append(i)
            for (cause, severity), indices in by_cause.items():
                yield self._verdict(history, optimizer, indices, cause, severity)

    def _verdict(
        self,
        history: History,
        optimizer: OptimizerHistory,
        indices: list[int],
        cause: Cause | None,
        severity: Severity,
    ) -> Verdict:
        steps = int(optimizer.n_judged[indices].max())
        kind = cause.kind if cause is not None else ""
        verb = "lost its gradient before" if kind == "cleared" else "got no gradient in"
        return Verdict(
            severity=severity,
            message=f"{these(history, indices)} {verb} {'any of ' if steps > 1 else ''}"
            f"{count(steps, 'step')} of {optimizer_name(history, optimizer.index)}, while other "
            "parameters of it did",
            fix=remedy(cause, FREEZE),
            parameters=tuple(indices),
            optimizer=optimizer.index,
            cause=cause,
            key=(optimizer.index, cause, severity),
            first_step=int(optimizer.first_missing[indices].min()),
            last_step=int(optimizer.last_missing[indices].max()),
            count=steps,
            evidence={"steps": steps},
        )

    def _nothing_arrived(
        self, history: History, optimizer: OptimizerHistory, *, final: bool
    ) -> Iterator[Verdict]:
        steps = optimizer.no_arrival_steps
        if steps < (SHORTEST_RUN if final else 3) or optimizer.dead:
            return
        if history.n_backwards[optimizer.held].any() or not history.n_backwards.any():
            return
        if history.disconnected >= steps:
            return  # GA104 tells of it
        if copied_elsewhere(history, optimizer) or orphaned(history, optimizer):
            return
        held = np.unique(optimizer.held)
        held = held[history.trainable[held]]
        if not len(held):
            return
        for cause, indices in _by_cause(history, optimizer, held.tolist()).items():
            yield self._nothing(history, optimizer, indices, cause, steps)

    def _nothing(
        self,
        history: History,
        optimizer: OptimizerHistory,
        indices: list[int],
        cause: Cause | None,
        steps: int,
    ) -> Verdict:
        return Verdict(
            severity=Severity.ERROR,
            message=f"nothing that {optimizer_name(history, optimizer.index)} holds got a "
            f"gradient in any of {count(steps, 'step')}, though backwards ran",
            fix=remedy(
                cause,
                "check that the loss is computed with these parameters, and that its result is "
                "not detached on the way",
            ),
            parameters=tuple(indices),
            optimizer=optimizer.index,
            cause=cause,
            key=(optimizer.index, "nothing", cause),
            first_step=optimizer.first_seen,
            last_step=history.last_step,
            count=steps,
        )


def _by_cause(
    history: History, optimizer: OptimizerHistory, indices: list[int]
) -> dict[Cause | None, list[int]]:
    """The parameters of each cause; one without a cut of its own goes with one that has."""
    found: dict[Cause | None, list[int]] = {}
    for i in indices:
        found.setdefault(cause_of(history, optimizer, i), []).append(i)
    return found


def _learns_elsewhere(history: History, optimizer: OptimizerHistory, index: int) -> bool:
    """Another optimizer holds it as well, and steps with its gradient."""
    return any(
        other.n_arrived[index] > 0
        for other in history.optimizers.values()
        if other is not optimizer and not other.manual
    )


def cause_of(history: History, optimizer: OptimizerHistory, index: int) -> Cause | None:
    """What is known without a trace; None where only a trace can tell."""
    if history.n_backwards[index] > 0:
        site = history.arrival_site[index]
        if optimizer.n_cleared[index] and any(site == known for known, _, _ in optimizer.direct):
            return Cause.at("cleared", optimizer.cleared_at, op=optimizer.cleared_by)
        return Cause.at("other-backward", site)
    traced = traced_cause(history, optimizer, index)
    if history.dropped[index] and (traced is None or traced.kind not in CUTS):
        names = history.custom_functions
        name = names[index] if index < len(names) else ""
        # What the compiler made of a graph is no function of the user's.
        return function_called(history, name) if name and "Compiled" not in name else None
    idle = _idle_module(history, index)
    if idle is not None and (traced is None or (idle.certain and traced.kind not in CUTS)):
        return idle
    if traced is not None:
        return traced
    return _untouched(history, index)


def _idle_module(history: History, index: int) -> Cause | None:
    """Its forward never ran."""
    modules = history.modules
    if modules is None or index >= len(modules.known) or not modules.known[index]:
        return None
    if modules.ran[index] or modules.ran_without_grad[index] or not modules.top[index]:
        return None
    top = modules.top[index]
    name = history.parameters[index].model if top == "." else top
    # All of an idle module is one finding: the line that made its first parameter.
    first = next(i for i, other in enumerate(modules.top) if other == top)
    made = made_at(history, first) or Cause("unused-module")
    return replace(made, module=name, certain=not bool(modules.functional[index]))


def _untouched(history: History, index: int) -> Cause | None:
    """Its module ran, and computed nothing with it."""
    modules = history.modules
    if modules is None or index >= len(modules.known) or not modules.known[index]:
        return None
    if not modules.ran[index] or touched(history, index) is not False:
        return None
    info = history.parameters[index]
    made = made_at(history, index) or Cause("unused-output")
    return replace(made, kind="unused-output", module=info.module or info.model)
