"""GA501: a gradient scaler skipped many steps in a row."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, ScalerStepped
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import count, optimizer_name

TOLERATED = 5


class ScalerSkipsSteps(Rule):
    """A few skips are how a scaler finds its scale."""

    info = RuleInfo(
        "GA501", "scaler-skips-steps", "a gradient scaler skipped 5 steps in a row or more",
        Severity.WARNING,
    )  # fmt: skip
    hears = (ScalerStepped,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At every step that a scaler was asked for."""
        if not isinstance(event, ScalerStepped) or not event.skipped:
            return
        streak = history.optimizers[event.optimizer].skips_in_a_row
        if streak < TOLERATED:
            return
        # NaN: it is on a device, and never came.
        scale = f" (scale {event.scale:g})" if event.scale == event.scale else ""
        yield Verdict(
            severity=Severity.WARNING,
            message=f"the gradient scaler skipped {count(streak, 'step')} of "
            f"{optimizer_name(history, event.optimizer)} in a row{scale}",
            fix="look for NaN in the loss (a scale never repairs it), start with a smaller "
            "init_scale, or use bfloat16, which needs no scaler",
            parameters=(),
            optimizer=event.optimizer,
            key=event.optimizer,
            first_step=event.step,
            count=streak,
            evidence={"skips": streak, "scale": event.scale},
        )
