"""GA202: the loss itself is NaN or Inf."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradaudit.events import (
    BackwardEnded,
    Event,
    GradientsReset,
    ScalerStepped,
    Site,
    StepTaken,
)
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at

SKIPS_TOLERATED = 5
"""Skips in a row from which it is no single bad batch."""


class NonfiniteLoss(Rule):
    """The value that backward was called on.

    An error, unless the loop noticed by itself and threw the gradients away: then a fact.
    """

    info = RuleInfo("GA202", "nonfinite-loss", "the loss itself is NaN or Inf", Severity.ERROR)
    hears = (BackwardEnded, StepTaken, ScalerStepped, GradientsReset)

    def __init__(self) -> None:
        self._pending: dict[Site | None, float] = {}
        self._skips = 0

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Seen at the backward, judged by what becomes of it."""
        if isinstance(event, BackwardEnded):
            if not event.loss_known or math.isfinite(event.loss):
                return
            if event.scaled and math.isinf(event.loss):
                return  # the scale was too large, which is the scaler's business
            self._pending[event.site] = event.loss
        elif isinstance(event, StepTaken):
            yield from self._told(Severity.ERROR, "")
        elif isinstance(event, ScalerStepped):
            self._skips = self._skips + 1 if event.skipped else 0
            tolerated = event.skipped and self._skips < SKIPS_TOLERATED
            yield from self._told(
                Severity.INFO if tolerated else Severity.ERROR,
                " (the gradient scaler skipped the step)" if event.skipped else "",
            )
        elif isinstance(event, GradientsReset) and event.cleared.any():
            yield from self._told(Severity.INFO, " (its gradients were cleared before any step)")

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """What the run ended with."""
        if final:
            pending = dict(self._pending)
            yield from self._told(Severity.ERROR, "")
            self._pending = pending

    def _told(self, severity: Severity, what: str) -> Iterator[Verdict]:
        pending, self._pending = self._pending, {}
        for site, loss in pending.items():
            yield Verdict(
                severity=severity,
                message=f"the loss is {'NaN' if math.isnan(loss) else 'Inf'}{at(site)}{what}",
                fix="look at what the forward computes from this batch: log or division at zero, "
                "exp overflow, NaN in the data, or parameters that are NaN already",
                key=(site, severity),
                evidence={"loss": loss},
            )
