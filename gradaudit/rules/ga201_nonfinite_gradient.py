"""GA201: NaN or Inf in a gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.arrays import IS_BAD
from gradaudit.events import (
    STATUS_NAMES,
    BackwardEnded,
    Event,
    GradientsReset,
    ScalerStepped,
    StepTaken,
)
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, padded
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at, count, optimizer_name, these

SKIPS_TOLERATED = 5
FIX = (
    "look for log, sqrt, division or pow at zero, exp overflow, fully masked softmax rows or "
    "std of one element in what these parameters feed"
)


class NonfiniteGradient(Rule):
    """Names the parameters that were bad first: later everything is."""

    info = RuleInfo("GA201", "nonfinite-gradient", "NaN or Inf in a gradient", Severity.ERROR)
    hears = (BackwardEnded, StepTaken, ScalerStepped, GradientsReset)

    def __init__(self) -> None:
        self._pending: dict[int, str] = {}
        self._seen_at = 0
        self._site = ""
        self._skips: dict[int, int] = {}
        self._first: dict[int, tuple[str, str]] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Seen at the backward, judged by what becomes of it."""
        if isinstance(event, BackwardEnded):
            self._note(event, history)
        elif isinstance(event, StepTaken):
            yield from self._stepped(event, history)
        elif isinstance(event, ScalerStepped):
            yield from self._scaled(event, history)
        elif isinstance(event, GradientsReset) and self._pending:
            gone = padded(event.reset, history.n)
            if all(gone[i] for i in self._pending):
                yield self._verdict(
                    history, Severity.INFO, "and were cleared before any step used them", None,
                    "cleared",
                )  # fmt: skip
                self._pending = {}

    def _note(self, event: BackwardEnded, history: History) -> None:
        bad = np.flatnonzero(IS_BAD[event.status])
        if not len(bad):
            return
        fresh = [i for i in bad.tolist() if not history.poisoned[i] and event.arrived[i]]
        if fresh and not self._pending and not history.poisoned.any():
            self._pending = {i: STATUS_NAMES[event.status[i]] for i in fresh}
            self._seen_at, self._site = event.number, at(event.site)

    def _stepped(self, event: StepTaken, history: History) -> Iterator[Verdict]:
        if event.manual and not event.follows_gradient:
            return
        bad = IS_BAD[event.status]
        if not bad.any():
            return
        held = set(event.held.tolist())
        mine = {i: word for i, word in self._pending.items() if i in held}
        if not mine and event.optimizer not in self._first:
            # Not seen at a backward: written by hand, or between two looks.
            mine = {int(i): STATUS_NAMES[s] for i, s in
                    zip(event.held[bad], event.status[bad], strict=True)}  # fmt: skip
        self._pending = {i: w for i, w in self._pending.items() if i not in mine}
        if mine:
            text = _which(history, mine, self._site)
            self._first.setdefault(event.optimizer, (text, ""))
        else:
            text = self._first[event.optimizer][0]
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{text}, and a step of {optimizer_name(history, event.optimizer)} used it",
            fix=FIX,
            parameters=tuple(mine),
            optimizer=event.optimizer,
            key=("stepped", event.optimizer),
        )

    def _scaled(self, event: ScalerStepped, history: History) -> Iterator[Verdict]:
        streak = self._skips.get(event.optimizer, 0) + 1 if event.skipped else 0
        self._skips[event.optimizer] = streak
        if not event.skipped:
            return
        severity = Severity.WARNING if streak >= SKIPS_TOLERATED else Severity.INFO
        more = f"the scaler skipped the step ({count(streak, 'skip')} in a row)"
        yield self._verdict(history, severity, f"and {more}", event.optimizer, "skipped")
        self._pending = {}

    def _verdict(
        self,
        history: History,
        severity: Severity,
        what: str,
        optimizer: int | None,
        key: str,
    ) -> Verdict:
        text = _which(history, self._pending, self._site) if self._pending else "an overflow"
        return Verdict(
            severity=severity,
            message=f"{text} {what}",
            fix="nothing to do while a scaler looks for its scale"
            if key == "skipped" and severity is Severity.INFO
            else FIX,
            parameters=tuple(self._pending),
            optimizer=optimizer,
            key=(key, optimizer),
        )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """What was left at the end of the run and used by nobody."""
        if final and self._pending:
            yield self._verdict(
                history, Severity.WARNING, "(no step has used it yet)", None, "left"
            )


def _which(history: History, bad: dict[int, str], site: str) -> str:
    kinds = sorted({"NaN" if word == "nan" else "Inf" for word in bad.values()}, reverse=True)
    return f"{' and '.join(kinds)} in the gradient of {these(history, list(bad))}{site}"
