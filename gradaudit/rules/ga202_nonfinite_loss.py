"""GA202: the loss itself is NaN or Inf."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradaudit.events import BackwardEnded, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at


class NonfiniteLoss(Rule):
    """The value that backward was called on."""

    info = RuleInfo("GA202", "nonfinite-loss", "the loss itself is NaN or Inf", Severity.ERROR)
    hears = (BackwardEnded,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At every backward whose loss could be read."""
        if not isinstance(event, BackwardEnded) or not event.loss_known:
            return
        if math.isfinite(event.loss) or (event.scaled and math.isinf(event.loss)):
            return
        what = "NaN" if math.isnan(event.loss) else "Inf"
        yield Verdict(
            severity=Severity.ERROR,
            message=f"the loss is {what}{at(event.site)}",
            fix="look at what the forward computes from this batch: log or division at zero, exp "
            "overflow, NaN in the data, or parameters that are NaN already",
            key=event.site,
            evidence={"loss": event.loss},
        )
