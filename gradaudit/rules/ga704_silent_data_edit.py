"""GA704: a value that a backward uses was changed where autograd could not see it."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import DataEdited, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at


class SilentDataEdit(Rule):
    """Nothing raised, and the gradient is that of another function."""

    info = RuleInfo(
        "GA704",
        "silent-data-edit",
        "a value that backward uses was changed behind autograd's back",
        Severity.ERROR,
    )
    hears = (DataEdited,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At the backward that used the changed value."""
        if not isinstance(event, DataEdited):
            return
        cause = event.cause
        value = f"`{event.tensor}`" if event.tensor else "a value"
        through = "`.data`"
        if cause is not None and cause.kind == "rewrapped-value":
            through = "a NumPy array that shares its memory"
        where = f" at {cause.file}:{cause.line}" if cause is not None and cause.line else ""
        saved = f"`{event.saved_by}`" if event.saved_by else "an operation"
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{value} was changed through {through}{where}, after {saved}"
            f"{at(event.saved_at)} had saved it for its backward: no error is raised, and the "
            "gradient is silently wrong",
            fix="make the change a part of the computation, on a new tensor "
            "(`h = h * mask`, `torch.where`), or change a copy (`.detach().clone()`), or wait "
            "until the backward is over",
            cause=cause,
            key=(cause, event.saved_by, event.saved_at),
            evidence={
                "tensor": event.tensor,
                "saved_by": event.saved_by,
                "saved_at": None if event.saved_at is None else str(event.saved_at),
            },
        )
