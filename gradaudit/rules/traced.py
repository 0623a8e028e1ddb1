"""What traced steps showed of one parameter: the cause of a gradient that never came."""

from __future__ import annotations

from gradaudit.events import TraceRecorded
from gradaudit.findings import Cause
from gradaudit.history import History
from gradaudit.optimizer_history import OptimizerHistory

CUTS = frozenset(
    (
        "detach",
        "data-attribute",
        "no-grad-region",
        "inference-mode",
        "non-differentiable-op",
        "rewrapped-value",
        "reentrant-checkpoint",
        "custom-function",
        "replaced-parameter",
    )
)
"""Kinds that are the place where a path to the loss was cut: there was a path."""


def traced_cause(history: History, optimizer: OptimizerHistory, index: int) -> Cause | None:
    """Of the traced backwards that were for this optimizer, what the best one showed."""
    traces = [t for t in history.traces if _has(t, index)]
    if any(trace.reached[index] for trace in traces):
        return None  # there is a way, so no cut is why nothing came
    after = [t for t in traces if optimizer.index in history.steps_after.get(t.backward, ())]
    own = [trace for trace in after if _is_for(trace, optimizer)]
    own = own or [trace for trace in traces if _is_for(trace, optimizer)] or after
    unused: Cause | None = None
    for trace in own or traces:
        number = int(trace.cause_of[index])
        if number < 0:
            continue
        cause = trace.causes[number]
        if cause.kind in CUTS:
            return cause
        if cause.kind != "unused-module":  # says only where it was made
            unused = unused or cause
    return unused


def made_at(history: History, index: int) -> Cause | None:
    """The line that made a parameter which no traced step has used."""
    for trace in history.traces:
        if _has(trace, index) and trace.cause_of[index] >= 0:
            cause = trace.causes[trace.cause_of[index]]
            if cause.kind == "unused-module":
                return cause
    return None


def function_called(history: History, name: str) -> Cause:
    """The custom Function of this name, and the line that calls it where only one does."""
    lines = {c for trace in history.traces for c in trace.functions if c.op == name}
    return lines.pop() if len(lines) == 1 else Cause("custom-function", op=name)


def touched(history: History, index: int) -> bool | None:
    """Did any traced step compute with this parameter? None where that cannot be said."""
    traces = [t for t in history.traces if _has(t, index)]
    if any(trace.blind for trace in traces):
        return None
    return any(bool(trace.used[index]) for trace in traces) if traces else None


def _has(trace: TraceRecorded, index: int) -> bool:
    return index < len(trace.cause_of)


def _is_for(trace: TraceRecorded, optimizer: OptimizerHistory) -> bool:
    held = optimizer.held[optimizer.held < len(trace.reached)]
    return bool(trace.reached[held].any())
