"""GA405: a frozen parameter was changed by a step all the same."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, ParametersChecked
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import optimizer_name, these


class FrozenParameterUpdated(Rule):
    """An optimizer steps on any `.grad` that is not None, whatever requires_grad says."""

    info = RuleInfo(
        "GA405",
        "frozen-parameter-updated",
        "requires_grad is False, and a step changed the parameter",
        Severity.WARNING,
    )
    hears = (ParametersChecked,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """After steps."""
        if not isinstance(event, ParametersChecked) or not len(event.changed_frozen):
            return
        indices = event.changed_frozen.tolist()
        yield Verdict(
            severity=Severity.WARNING,
            message=f"{these(history, indices)} changed in a step of "
            f"{optimizer_name(history, event.optimizer)} although requires_grad is False: its "
            "`.grad` was left over (a zero one is enough for weight decay and momentum)",
            fix="set p.grad = None when freezing, or take it out of the optimizer",
            parameters=tuple(indices),
            optimizer=event.optimizer,
            key=event.optimizer,
        )
