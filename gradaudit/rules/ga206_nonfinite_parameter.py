"""GA206: a parameter's values are NaN or Inf after a step that used a non-finite gradient."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, ParametersChecked
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import optimizer_name, these


class NonfiniteParameter(Rule):
    """From here on nothing can be learned."""

    info = RuleInfo(
        "GA206", "nonfinite-parameter", "a step made a parameter NaN or Inf", Severity.ERROR
    )
    hears = (ParametersChecked,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """After steps."""
        if not isinstance(event, ParametersChecked) or not len(event.nonfinite):
            return
        indices = event.nonfinite.tolist()
        yield Verdict(
            severity=Severity.ERROR,
            message=f"the values of {these(history, indices)} are NaN or Inf after a step of "
            f"{optimizer_name(history, event.optimizer)} that used a non-finite gradient",
            fix="go back to a checkpoint from before this step; skip steps with non-finite "
            "gradients (a gradient scaler does) and remove their cause, see GA201",
            parameters=tuple(indices),
            optimizer=event.optimizer,
            key=event.optimizer,
        )
