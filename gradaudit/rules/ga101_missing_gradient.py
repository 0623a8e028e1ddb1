"""GA101: a parameter never got a gradient while a sibling did."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from gradaudit.event_base import BoolArray
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.deadweight import fix, told, weighed
from gradaudit.rules.layers import Luck, alike
from gradaudit.rules.missing import Reasons, cause_of
from gradaudit.rules.remedies import remedy
from gradaudit.rules.traced import CUTS
from gradaudit.rules.twins import awaited, copied_elsewhere, orphaned
from gradaudit.rules.words import count, optimizer_name

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
            left_behind = {*orphaned(history, optimizer), *awaited(history)}
            never = held[(judged > 0) & (arrived == 0) & _trainable(history, optimizer)[held]]
            if not len(never):
                continue
            reasons, lucky = Reasons(history), Luck(history, optimizer)
            by_cause: dict[tuple[Cause | None, Severity], list[int]] = {}
            for i in never.tolist():
                if i in left_behind or _learns_elsewhere(history, optimizer, i):
                    continue
                cause = reasons.of(optimizer, i)
                shown = cause is not None and cause.kind in CUTS and cause.certain
                steps = int(optimizer.n_judged[i])
                sure = (
                    shown
                    or steps >= SURE_AFTER
                    or (
                        final
                        and steps >= max(SHORTEST_RUN, min(optimizer.judged, SURE_AFTER))
                        and not lucky.may_come(i)
                    )
                )
                severity = Severity.WARNING if sure else Severity.INFO
                by_cause.setdefault((cause, severity), []).append(i)
            for key, cause, severity, indices in alike(history, by_cause):
                yield self._verdict(history, optimizer, indices, cause, severity, key)

    def _verdict(
        self,
        history: History,
        optimizer: OptimizerHistory,
        indices: list[int],
        cause: Cause | None,
        severity: Severity,
        key: Hashable,
    ) -> Verdict:
        steps = int(optimizer.n_judged[indices].max())
        weight = weighed(history, indices)
        kind = cause.kind if cause is not None else ""
        verb = "lost its gradient before" if kind == "cleared" else "got no gradient in"
        return Verdict(
            severity=severity,
            message=f"{told(history, weight)} {verb} {'any of ' if steps > 1 else ''}"
            f"{count(steps, 'step')} of {optimizer_name(history, optimizer.index)}, while other "
            "parameters of it did",
            fix=remedy(cause, fix(history, weight, cause)),
            parameters=tuple(indices),
            optimizer=optimizer.index,
            cause=cause,
            key=(optimizer.index, key, severity),
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
        if history.n_backwards[optimizer.held].any():
            return
        if 2 * history.disconnected > steps:
            return  # GA104 tells of it
        if copied_elsewhere(history, optimizer) or orphaned(history, optimizer):
            return
        held = np.unique(optimizer.held)
        held = held[_trainable(history, optimizer)[held]]
        if not len(held):
            return
        by_cause = _by_cause(history, optimizer, held.tolist())
        if not history.n_backwards.any():
            if _wrapped_anew(history):
                return  # GA104 tells of it
            # They may be of a model that nobody showed us: a cut proves that this one was meant.
            cut = any(c is not None and c.certain and c.kind in CUTS for c in by_cause)
            if not cut and steps < SURE_AFTER:
                return
        for cause, indices in by_cause.items():
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


def _trainable(history: History, optimizer: OptimizerHistory) -> BoolArray:
    """Not frozen at its own last step: another's backward may come with these switched off."""
    mask, last = history.trainable.copy(), optimizer.last
    if last is not None:
        mask[last.held] = ~last.frozen
    return mask


def _wrapped_anew(history: History) -> bool:
    """Was the loss itself made a new tensor, so that a backward ran that reaches nothing?"""
    causes = [trace.loss_cause for trace in history.traces]
    return any(one is not None and one.kind == "rewrapped-value" for one in causes)


def _by_cause(
    history: History, optimizer: OptimizerHistory, indices: list[int]
) -> dict[Cause | None, list[int]]:
    """The parameters of each cause; one without a cut of its own goes with one that has."""
    reasons = Reasons(history)
    found: dict[Cause | None, list[int]] = {}
    for i in indices:
        found.setdefault(reasons.of(optimizer, i), []).append(i)
    return found


def _learns_elsewhere(history: History, optimizer: OptimizerHistory, index: int) -> bool:
    """Another optimizer holds it as well, and steps with its gradient."""
    return any(
        other.n_arrived[index] > 0
        for other in history.optimizers.values()
        if other is not optimizer and not other.manual
    )


__all__ = ["MissingGradient", "cause_of"]
