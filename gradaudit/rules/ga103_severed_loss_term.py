"""GA103: a summand of the loss reaches it only through a cut, while others flow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import BoolArray, LossTerm, TraceRecorded
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.remedies import remedy
from gradaudit.rules.words import count, these

FIX = "let the gradient through, or leave the term out of the loss: as it is, it changes nothing"


class SeveredLossTerm(StateRule):
    """Judged by what the step after the backward trains.

    A discriminator's loss on detached fakes is no severed term, because the optimizer that uses
    that backward does not hold the generator. A parameter that gets no gradient at all is GA101's.
    """

    info = RuleInfo(
        "GA103",
        "severed-loss-term",
        "a term of the loss is computed from parameters and trains none of them",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per cut."""
        found: dict[Cause, tuple[set[int], list[TraceRecorded]]] = {}
        for trace in history.traces:
            trained = _trained_by(trace, history)
            if trained is None:
                continue
            for term in trace.terms:
                lost = _lost(term, trained)
                if not lost or any(history.n_backwards[i] == 0 for i in lost):
                    continue
                indices, traces = found.setdefault(term.cause, (set(), []))
                indices.update(lost)
                traces.append(trace)
        for cause, (indices, traces) in found.items():
            ordered = sorted(indices)
            yield Verdict(
                severity=Severity.WARNING,
                message="a term of the loss is computed from "
                f"{these(history, ordered)} and reaches the loss only through a cut: it trains "
                "nothing, while other terms do",
                fix=remedy(cause, FIX),
                parameters=tuple(ordered),
                cause=cause,
                key=cause,
                first_step=min(t.step for t in traces),
                last_step=max(t.step for t in traces),
                count=len(traces),
                evidence={"traced": count(len(traces), "backward")},
            )


def _trained_by(trace: TraceRecorded, history: History) -> BoolArray | None:
    """The parameters of the optimizers whose step used this backward; None where nobody's did."""
    users = history.users_of.get(trace.backward)
    optimizers = [history.optimizers[index] for index in users or ()]
    optimizers = [one for one in optimizers if not one.manual] or optimizers
    if not optimizers:
        return None
    trained = np.zeros(history.n, np.bool_)
    for optimizer in optimizers:
        trained[optimizer.held] = True
    return trained


def _lost(term: LossTerm, trained: BoolArray) -> list[int]:
    if trained[term.reaches].any() or not trained[term.others].any():
        return []
    if trained[term.weighs].any():
        return []  # a constant of a term that does train: its own term is there for the value
    return [int(i) for i in term.depends if trained[i]]
