"""GA902: the gradients belong to an engine that hides them."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import AuditImpossible, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import these


class CannotAudit(Rule):
    """Nothing is judged for these parameters, rather than judged wrongly."""

    info = RuleInfo(
        "GA902", "cannot-audit", "these gradients belong to an engine that hides them",
        Severity.INFO,
    )  # fmt: skip
    hears = (AuditImpossible,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """When such parameters were met."""
        if isinstance(event, AuditImpossible):
            indices = event.indices.tolist()
            whose = these(history, indices) if indices else "this run"
            yield Verdict(
                severity=Severity.INFO,
                message=f"the gradients of {whose} belong to {event.engine}, which does not leave "
                "them in `.grad` for others to read: they are not judged",
                fix="audit one thread at a time"
                if not indices
                else "read them with the engine's own calls "
                "(deepspeed.utils.safe_get_full_grad, on all ranks)",
                parameters=tuple(indices),
                key=event.engine,
            )
