"""GA701: a value that a backward needs was modified in place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradaudit.events import AutogradRaised, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at, these

_SHAPE = re.compile(r"\[[\w.]+ (\[[\d, ]*\])\]")


class InplaceModifiedValue(Rule):
    """Backward raised: who saved the value, who changed it."""

    info = RuleInfo(
        "GA701",
        "inplace-modified-value",
        "backward raised: a value that it needs was modified in place",
        Severity.ERROR,
    )
    hears = (AutogradRaised,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At the error."""
        if not isinstance(event, AutogradRaised) or event.rule != self.info.code:
            return
        cause = event.cause
        shape = _SHAPE.search(event.error)
        value = f"`{event.tensor}`" if event.tensor else "a value"
        if len(event.parameters):
            value = these(history, event.parameters.tolist())
        elif shape is not None:
            value += f" of shape {shape[1]}"
        saver = f"`{event.saved_by}`{at(event.saved_at)}" if event.saved_by else "an operation"
        changed = "was modified in place afterwards"
        if cause is not None and cause.line is not None:
            by = f" by `{cause.op}`" if cause.op else ""
            changed = f"was modified in place{by} at {cause.file}:{cause.line}"
        if len(event.parameters):
            fix = (
                "run every backward that was computed with the old weights before they are "
                "changed, or compute the loss anew after the change"
            )
        else:
            fix = (
                "write the result to a new tensor (`x = x + y` instead of `x += y`, `torch.where` "
                "or `masked_fill` instead of an assignment to a part), or change a `clone()`"
            )
        yield Verdict(
            severity=Severity.ERROR,
            message=f"the backward{at(event.backward_site)} raised: {saver} had saved {value} for "
            f"it, which {changed}",
            fix=fix,
            parameters=tuple(event.parameters.tolist()),
            cause=cause,
            key=(cause, event.backward_site, event.saved_by),
            evidence={
                "backward": None if event.backward_site is None else str(event.backward_site),
                "saved_by": event.saved_by,
                "saved_at": None if event.saved_at is None else str(event.saved_at),
                "error": event.error,
            },
        )
