"""GA901: a part of the auditor failed; it is switched off, training goes on."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, ProbeFailed
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo


class RuleFailed(Rule):
    """Ours, not the user's."""

    info = RuleInfo(
        "GA901", "rule-failed", "a part of the auditor failed and was switched off", Severity.INFO
    )
    hears = (ProbeFailed,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """When it happened."""
        if isinstance(event, ProbeFailed):
            yield Verdict(
                severity=Severity.INFO,
                message=f"{event.part} failed ({event.error}) and was switched off; training is "
                "not affected, but what it looks for is not seen any more",
                fix="please report this with the line above",
                key=event.part,
            )
