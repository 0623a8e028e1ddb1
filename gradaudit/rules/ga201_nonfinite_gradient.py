"""GA201: NaN or Inf in a gradient, and where it was born."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gradaudit.arrays import IS_BAD
from gradaudit.events import (
    STATUS_NAMES,
    BackwardEnded,
    Event,
    FrontierFound,
    GradientsReset,
    ScalerStepped,
    Site,
    StepTaken,
    TraceRecorded,
)
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, padded
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.whence import Births, Whence
from gradaudit.rules.words import at, count, optimizer_name, these

SKIPS_TOLERATED = 5
FIX = (
    "look for log, sqrt, division or pow at zero, exp overflow, fully masked softmax rows or "
    "std of one element in what these parameters feed"
)
NO_FIX = "nothing to do while a scaler looks for its scale"


@dataclass(slots=True)
class _Incident:
    """One backward that left something bad. `backward` -1: it was not seen at one; `follows`: from
    what another optimizer's step had used before, which is the backward that is meant.
    """

    words: dict[int, str] = field(default_factory=lambda: dict[int, str]())
    backward: int = -1
    site: Site | None = None
    follows: bool = False


@dataclass(slots=True)
class _Told:
    """What one finding says, so that it can be said again when its cause becomes known."""

    incident: _Incident
    severity: Severity
    rest: str
    optimizer: int | None
    count: int = 0
    last_step: int = 0
    verdict: Verdict | None = None


class NonfiniteGradient(Rule):
    """Names the parameters that were bad first: later everything is."""

    info = RuleInfo("GA201", "nonfinite-gradient", "NaN or Inf in a gradient", Severity.ERROR)
    hears = (TraceRecorded, FrontierFound, BackwardEnded, StepTaken, ScalerStepped, GradientsReset)

    def __init__(self) -> None:
        self._births = Births()
        self._pending = _Incident()
        self._skips: dict[int, int] = {}
        self._told: dict[tuple[str, int | None], _Told] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Seen at the backward, judged by what becomes of it."""
        if isinstance(event, BackwardEnded):
            self._note(event, history)
        elif isinstance(event, StepTaken):
            yield from self._stepped(event, history)
        elif isinstance(event, ScalerStepped):
            yield from self._scaled(event, history)
        elif isinstance(event, GradientsReset):
            gone = padded(event.reset, history.n)
            if self._pending.words and all(gone[i] for i in self._pending.words):
                yield self._tell(
                    ("cleared", None), self._pending, Severity.INFO,
                    "; it was cleared before any step used it", history, event,
                )  # fmt: skip
                self._pending = _Incident()
        elif self._births.hear(event, history):
            for key, told in self._told.items():
                verdict = self._worded(key, told, history)
                if verdict != told.verdict:
                    told.verdict = verdict
                    yield verdict

    def _note(self, event: BackwardEnded, history: History) -> None:
        bad = np.flatnonzero(IS_BAD[event.status])
        if not len(bad):
            return
        fresh = [i for i in bad.tolist() if not history.poisoned[i] and event.arrived[i]]
        if fresh and not self._pending.words and not history.poisoned.any():
            words = {i: STATUS_NAMES[event.status[i]] for i in fresh}
            self._pending = _Incident(words, event.number, event.site)

    def _stepped(self, event: StepTaken, history: History) -> Iterator[Verdict]:
        if event.manual and not event.follows_gradient:
            return
        bad = IS_BAD[event.status]
        if not bad.any():
            return
        held = set(event.held.tolist())
        pending, key = self._pending, ("stepped", event.optimizer)
        mine = {i: word for i, word in pending.words.items() if i in held}
        incident = _Incident(mine, pending.backward, pending.site)
        if not mine and key not in self._told:
            # Not seen at a backward: written by hand, or between two looks.
            words = {int(i): STATUS_NAMES[s] for i, s in
                     zip(event.held[bad], event.status[bad], strict=True)}  # fmt: skip
            earlier = next((t for k, t in self._told.items() if k[0] == "stepped"), None)
            if earlier is None:
                incident = _Incident(words)
            else:
                first = earlier.incident
                incident = _Incident(words, first.backward, first.site, follows=True)
        pending.words = {i: w for i, w in pending.words.items() if i not in mine}
        if not incident.words:
            incident = self._told[key].incident  # what follows from it later is no news
        rest = f"; a step of {optimizer_name(history, event.optimizer)} used it"
        yield self._tell(key, incident, Severity.ERROR, rest, history, event)

    def _rank(self, incident: _Incident, history: History) -> int:
        if not incident.words or incident.backward < 0:
            return -1
        return self._births.whence(incident.backward, incident.site, history).rank

    def _scaled(self, event: ScalerStepped, history: History) -> Iterator[Verdict]:
        streak = self._skips.get(event.optimizer, 0) + 1 if event.skipped else 0
        self._skips[event.optimizer] = streak
        if not event.skipped:
            return
        severity = Severity.WARNING if streak >= SKIPS_TOLERATED else Severity.INFO
        rest = f"; the scaler skipped the step ({count(streak, 'skip')} in a row)"
        key = ("skipped", event.optimizer)
        yield self._tell(key, self._pending, severity, rest, history, event)
        self._pending = _Incident()

    def _tell(
        self, key: tuple[str, int | None], incident: _Incident, severity: Severity, rest: str,
        history: History, event: Event,
    ) -> Verdict:  # fmt: skip
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = _Told(incident, severity, rest, key[1])
        if severity.rank >= told.severity.rank:
            told.severity, told.rest = severity, rest
            if self._rank(incident, history) > self._rank(told.incident, history):
                told.incident = incident  # of several incidents the one of which most is known
        told.count += 1
        told.last_step = max(told.last_step, event.step)
        told.verdict = self._worded(key, told, history)
        return told.verdict

    def _worded(self, key: tuple[str, int | None], told: _Told, history: History) -> Verdict:
        incident, words = told.incident, told.incident.words
        whence, fix = Whence(), FIX
        if key[0] == "skipped" and told.severity is Severity.INFO:
            fix = NO_FIX  # an overflow that the scale made has no cause in the program
        elif incident.backward >= 0:
            whence = self._births.whence(incident.backward, incident.site, history)
            fix = whence.fix or FIX
        text = "an overflow"
        if words:
            text = _which(history, words, "" if incident.follows else at(incident.site))
        if incident.follows:
            text += ", as other parameters are since an earlier step"
        return Verdict(
            severity=told.severity,
            message=f"{text}{whence.words}{told.rest}",
            fix=fix,
            parameters=tuple(words),
            optimizer=told.optimizer,
            cause=whence.cause,
            key=key,
            evidence=whence.evidence,
            last_step=told.last_step,
            count=told.count,
        )

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Unless an incident waits for what becomes of it."""
        return not self._pending.words

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """What was left at the end of the run and used by nobody."""
        if final and self._pending.words:
            rest = " (no step has used it yet)"
            told = _Told(self._pending, Severity.WARNING, rest, None, 1, history.last_step)
            yield self._worded(("left", None), told, history)


def _which(history: History, bad: dict[int, str], site: str) -> str:
    kinds = sorted({"NaN" if word == "nan" else "Inf" for word in bad.values()}, reverse=True)
    return f"{' and '.join(kinds)} in the gradient of {these(history, list(bad))}{site}"
