"""GA202: the loss itself is NaN or Inf."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from gradaudit.arrays import padded
from gradaudit.events import (
    BackwardEnded,
    BoolArray,
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
        self._pending: dict[Site | None, tuple[float, BoolArray]] = {}
        self._skips = 0

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Seen at the backward, judged by what becomes of it."""
        if isinstance(event, BackwardEnded):
            if not event.loss_known or math.isfinite(event.loss):
                return
            if event.scaled and math.isinf(event.loss):
                return  # the scale was too large, which is the scaler's business
            self._pending[event.site] = event.loss, event.arrived
        elif isinstance(event, StepTaken):
            used = {
                site
                for site, (_, arrived) in self._pending.items()
                if not arrived.any() or padded(arrived, history.n)[event.held].any()
            }
            yield from self._told(Severity.ERROR, "", used)
        elif isinstance(event, ScalerStepped):
            self._skips = self._skips + 1 if event.skipped else 0
            tolerated = event.skipped and self._skips < SKIPS_TOLERATED
            yield from self._told(
                Severity.INFO if tolerated else Severity.ERROR,
                " (the gradient scaler skipped the step)" if event.skipped else "",
            )
        elif isinstance(event, GradientsReset):
            cleared = padded(event.cleared, history.n)
            thrown = {
                site
                for site, (_, arrived) in self._pending.items()
                if arrived.any() and cleared[np.flatnonzero(arrived)].all()
            }
            words = " (its gradients were cleared before any step)"
            yield from self._told(Severity.INFO, words, thrown)

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """What the run ended with."""
        if final:
            pending = dict(self._pending)
            yield from self._told(Severity.ERROR, "")
            self._pending = pending

    def _told(
        self, severity: Severity, what: str, sites: set[Site | None] | None = None
    ) -> Iterator[Verdict]:
        for site in list(self._pending) if sites is None else sites:
            loss, _ = self._pending.pop(site)
            yield Verdict(
                severity=severity,
                message=f"the loss is {'NaN' if math.isnan(loss) else 'Inf'}{at(site)}{what}",
                fix="look at what the forward computes from this batch: log or division at zero, "
                "exp overflow, NaN in the data, or parameters that are NaN already",
                key=(site, severity),
                evidence={"loss": loss},
            )
