"""GA202: the loss itself is NaN or Inf, and where that was born."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradaudit.arrays import IS_BAD, padded
from gradaudit.events import (
    BackwardEnded,
    BoolArray,
    Event,
    FrontierFound,
    GradientsReset,
    ScalerStepped,
    Site,
    StepTaken,
    TraceRecorded,
)
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.whence import Births, Whence
from gradaudit.rules.words import at

SKIPS_TOLERATED = 5
"""Skips in a row from which it is no single bad batch."""

FIX = (
    "look at what the forward computes from this batch: log or division at zero, "
    "exp overflow, NaN in the data, or parameters that are NaN already"
)


@dataclass(slots=True)
class _Bad:
    """One bad loss: its value, the parameters it reached, the number of its backward.

    `spoilt_by`: the earlier backward whose gradient a step has written into the parameters, -1
    where none did.
    """

    loss: float
    arrived: BoolArray
    backward: int
    spoilt_by: int = -1


@dataclass(slots=True)
class _Told:
    """What one finding says, so that it can be said again when its cause becomes known."""

    first: int
    """The backward that it is told of."""
    loss: float
    what: str
    count: int = 0
    last_step: int = 0
    spoilt_by: int = -1
    verdict: Verdict | None = None


_Key = tuple[Site | None, Severity]


class NonfiniteLoss(Rule):
    """The value that backward was called on.

    An error, unless the loop noticed by itself and threw the gradients away: then a fact.
    """

    info = RuleInfo("GA202", "nonfinite-loss", "the loss itself is NaN or Inf", Severity.ERROR)
    hears = (TraceRecorded, FrontierFound, BackwardEnded, StepTaken, ScalerStepped, GradientsReset)

    def __init__(self) -> None:
        self._births = Births()
        self._pending: dict[Site | None, _Bad] = {}
        self._told: dict[_Key, _Told] = {}
        self._skips = 0
        self._last_bad: tuple[int, Site | None] = (-1, None)
        """The last backward that left a bad gradient before any parameter was spoilt by one."""

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Seen at the backward, judged by what becomes of it."""
        if isinstance(event, BackwardEnded):
            spoilt = bool(history.poisoned.any())
            if not spoilt and IS_BAD[event.status].any():
                self._last_bad = event.number, event.site
            if not event.loss_known or math.isfinite(event.loss):
                return
            if event.scaled and math.isinf(event.loss):
                return  # the scale was too large, which is the scaler's business
            self._pending[event.site] = _Bad(
                event.loss, event.arrived, event.number, self._last_bad[0] if spoilt else -1
            )  # fmt: skip
        elif isinstance(event, StepTaken):
            used = {
                site
                for site, bad in self._pending.items()
                if not bad.arrived.any() or padded(bad.arrived, history.n)[event.held].any()
            }
            yield from self._tell(Severity.ERROR, "", history, event.step, used)
        elif isinstance(event, ScalerStepped):
            self._skips = self._skips + 1 if event.skipped else 0
            tolerated = event.skipped and self._skips < SKIPS_TOLERATED
            yield from self._tell(
                Severity.INFO if tolerated else Severity.ERROR,
                " (the gradient scaler skipped the step)" if event.skipped else "",
                history, event.step,
            )  # fmt: skip
        elif isinstance(event, GradientsReset):
            cleared = padded(event.cleared, history.n)
            thrown = {
                site
                for site, bad in self._pending.items()
                if bad.arrived.any() and cleared[np.flatnonzero(bad.arrived)].all()
            }
            words = " (its gradients were cleared before any step)"
            yield from self._tell(Severity.INFO, words, history, event.step, thrown)
        elif self._births.hear(event, history):
            for key, told in self._told.items():
                verdict = self._worded(key, told, history)
                if verdict != told.verdict:
                    told.verdict = verdict
                    yield verdict

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Unless a bad loss waits for what becomes of it."""
        return not self._pending

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """What the run ended with."""
        if final:
            for site, bad in self._pending.items():
                key = site, Severity.ERROR
                if key not in self._told:
                    told = _Told(bad.backward, bad.loss, "", 1, history.last_step, bad.spoilt_by)
                    yield self._worded(key, told, history)

    def _tell(
        self, severity: Severity, what: str, history: History, step: int,
        sites: set[Site | None] | None = None,
    ) -> Iterator[Verdict]:  # fmt: skip
        for site in list(self._pending) if sites is None else sites:
            bad = self._pending.pop(site)
            key = site, severity
            told = self._told.get(key)
            if told is None:
                told = self._told[key] = _Told(
                    bad.backward, bad.loss, what, spoilt_by=bad.spoilt_by
                )
            elif self._rank(bad.spoilt_by, bad.backward, site, history) > self._rank(
                told.spoilt_by, told.first, site, history
            ):
                told.first, told.loss, told.spoilt_by = bad.backward, bad.loss, bad.spoilt_by
            told.what = what
            told.count += 1
            told.last_step = max(told.last_step, step)
            told.verdict = self._worded(key, told, history)
            yield told.verdict

    def _whence(self, spoilt_by: int, backward: int, site: Site | None, history: History) -> Whence:
        if spoilt_by >= 0:
            return self._births.whence(spoilt_by, self._last_bad[1], history)
        return self._births.whence(backward, site, history)

    def _rank(self, spoilt_by: int, backward: int, site: Site | None, history: History) -> int:
        """A loss that is bad by itself says more than one that only follows."""
        rank = self._whence(spoilt_by, backward, site, history).rank
        return rank if spoilt_by < 0 else rank - 4

    def _worded(self, key: _Key, told: _Told, history: History) -> Verdict:
        site, severity = key
        whence = self._whence(told.spoilt_by, told.first, site, history)
        words = ", as the parameters are since an earlier step" if told.spoilt_by >= 0 else ""
        if whence.cause is not None:
            words += whence.words
        return Verdict(
            severity=severity,
            message=f"the loss is {'NaN' if math.isnan(told.loss) else 'Inf'}{at(site)}"
            f"{words}{told.what}",
            fix=whence.fix or FIX,
            cause=whence.cause,
            key=key,
            evidence={"loss": told.loss, **whence.evidence},
            last_step=told.last_step,
            count=told.count,
        )
