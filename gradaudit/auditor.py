"""The one crossroads: feed(event) -> history -> rules -> findings -> sinks.

Knows no torch: a saved run that is fed again gives the same findings.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata

from gradaudit.config import Settings
from gradaudit.errors import GradAuditError, GradAuditWarning
from gradaudit.events import (
    EVENT_TYPES,
    STATUS_NAMES,
    AuditImpossible,
    Event,
    ProbeFailed,
    RunEnded,
    RunStarted,
    StepTaken,
    TraceRecorded,
)
from gradaudit.findings import Finding, Severity, Verdict
from gradaudit.history import History
from gradaudit.recorder import Recorder
from gradaudit.report import Report
from gradaudit.rounds import REPEATED, RepeatedRounds
from gradaudit.rules import new_rules
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.sinks.base import Sink, StateSink

CHECKPOINTS = frozenset((3, 5, 10, 20, 50, 100, 200, 500))
"""Steps after which the state rules are asked during a run; later at every thousandth."""

EXPLAINED_BY_TRACES = frozenset(("GA101", "GA104", "GA201", "GA202"))
"""Rules whose findings get op and line from a traced step."""

ONCE_MORE = frozenset(("unused-module", "unused-output"))
"""Causes that a later step may show to be others."""

COMES_AND_GOES = frozenset(("GA201", "GA202"))
STEPS_TRACED = 6
"""Steps that are traced after one of these, while it has no cause."""


@dataclass(slots=True)
class _Entry:
    """One finding in the making."""

    info: RuleInfo
    verdict: Verdict
    parameters: set[int]
    first_step: int
    last_step: int
    count: int
    order: int
    told: Severity | None = None


def version() -> str:
    """Of this distribution; "0" from an uninstalled checkout."""
    try:
        return metadata.version("gradaudit")
    except metadata.PackageNotFoundError:
        return "0"


class Auditor:
    """Takes events, keeps findings. One object is one run of one rank."""

    def __init__(self, settings: Settings | None = None, sinks: Sequence[Sink] = ()) -> None:
        self.settings = settings if settings is not None else Settings()
        self.history = History()
        every = new_rules()
        self._rules: list[Rule] = [r for r in every if self.settings.wants(r.info.code)]
        self.history.silent_rules = frozenset(r.info.code for r in every if r not in self._rules)
        self._ears: dict[type[Event], tuple[Rule, ...]] = {}
        self._repeated: list[Rule] = []
        self._listen()
        self._entries: dict[tuple[str, Hashable], _Entry] = {}
        self._state: dict[tuple[str, Hashable], _Entry] = {}
        self._sinks: list[Sink] = []
        self._recorder: Recorder | None = Recorder()
        self._names: list[str] = []
        self._orders: dict[tuple[str, Hashable], int] = {}
        self._asked_at = -1
        self._ignored: dict[int, bool] = {}
        self._news = False
        self._trace_wanted = 0
        self._traced = self._deaf = False
        self._shown: object = None
        self._trace_asked: set[tuple[str, frozenset[int], int]] = set()
        self.started = time.monotonic()
        self.add_sinks(sinks)

    def add_sinks(self, sinks: Sequence[Sink]) -> None:
        """Let these hear of everything from now on. See `gradaudit.sinks.base.StateSink`."""
        for sink in sinks:
            self._sinks.append(sink)
            if isinstance(sink, StateSink):
                try:
                    sink.opened(self.findings)
                except Exception as error:
                    self._dismiss(sink, error)

    # ------------------------------------------------------------------ feeding

    def feed(self, event: Event) -> None:
        """Take one event into account.

        Raises:
            GradAuditError: at a `StepTaken`, when a finding reaches `raise_on`.

        """
        self._emit(event)
        if isinstance(event, TraceRecorded):
            shown = (event.causes, event.loss_cause, event.cause_of.tobytes(),
                     event.used.tobytes(), event.reached.tobytes())  # fmt: skip
            self._traced |= shown != self._shown  # the same again says nothing new
            self._shown = shown
        if isinstance(event, (AuditImpossible, ProbeFailed)):
            self._deaf |= event.deaf
        history = self.history
        history.feed(event)
        if self._recorder is not None:
            self._record(self._recorder, event)
        for rule in self._ears.get(type(event), ()):
            try:
                for verdict in rule.check(event, history):
                    self._add(rule.info, verdict, event)
            except Exception as error:
                self._switch_off(rule, error)
        if isinstance(event, StepTaken):
            history.step_is_over(event)
            steps = history.step
            traced = self._traced
            self._traced = False
            if steps != self._asked_at and (traced or self.is_checkpoint(steps)):
                self._asked_at = steps
                self._state, self._news = self._ask_state_rules(final=False), True
        elif isinstance(event, RunEnded):
            self._state, self._news = self._ask_state_rules(final=True), True
        if self._news:
            self._news = False
            self._tell_new()
        self._raise_if_asked(event)

    # ------------------------------------------------------------------ rounds that repeat

    def is_checkpoint(self, steps: int) -> bool:
        """Are the state rules asked when so many steps are complete?"""
        return steps in CHECKPOINTS or steps % 1000 == 0

    def may_lag(self) -> bool:
        """Does every sink put up with hearing of events up to a second late?"""
        return all(getattr(sink, "may_lag", False) for sink in self._sinks)

    def feed_rounds(self, rounds: RepeatedRounds) -> None:
        """Take rounds that went like the last one into account, as if told event by event.

        See gradaudit/rounds.py. They hold no checkpoint.
        """
        history = self.history
        together = history.may_repeat(rounds) and all(
            rule.may_repeat(rounds, history) for rule in self._repeated
        )
        if not together:
            for event in rounds.expand():
                self.feed(event)
            return
        if any(getattr(sink, "hears_events", True) for sink in self._sinks):
            for event in rounds.expand():
                self._emit(event)
        history.repeat(rounds)
        for rule in self._repeated:
            try:
                rule.repeat(rounds, history)
            except Exception as error:
                self._switch_off(rule, error)
        if self._recorder is not None:
            self._record(self._recorder, rounds)

    def _record(self, recorder: Recorder, event: Event | RepeatedRounds) -> None:
        """For the report's heat map; a fault in it costs the map and nothing else."""
        try:
            if isinstance(event, RepeatedRounds):
                recorder.repeat(event)
            else:
                recorder.feed(event)
        except Exception as error:
            self._recorder = None
            text = f"{type(error).__name__}: {error}"
            self.feed(ProbeFailed(step=self.history.step, part="the heat map", error=text))

    def takes_trace_request(self) -> int:
        """Has a finding come up whose cause traced steps could show? How many; 0 for none.

        A missing gradient is asked for once: the next step shows it. A value that stops being
        finite may not come again at once, so every new incident asks, for some steps.
        """
        wanted, self._trace_wanted = self._trace_wanted, 0
        return wanted

    def _ask_for_trace(
        self, info: RuleInfo, verdict: Verdict, indices: set[int], *, again: int = 0
    ) -> None:
        cause = verdict.cause
        known = cause is not None and cause.file is not None and cause.kind not in ONCE_MORE
        if info.code not in EXPLAINED_BY_TRACES or known:
            return
        comes_and_goes = info.code in COMES_AND_GOES
        # What one step has not used another may: asked again when it becomes a warning.
        key = (info.code, frozenset(indices), again if comes_and_goes else verdict.severity.rank)
        if key not in self._trace_asked:
            self._trace_asked.add(key)
            steps = STEPS_TRACED if comes_and_goes else 1
            self._trace_wanted = max(self._trace_wanted, steps)

    def _listen(self) -> None:
        for kind in EVENT_TYPES.values():
            self._ears[kind] = tuple(rule for rule in self._rules if kind in rule.hears)
        self._repeated = [rule for rule in self._rules if REPEATED.intersection(rule.hears)]

    def _switch_off(self, rule: Rule, error: Exception) -> None:
        if rule not in self._rules:
            return
        self._rules.remove(rule)
        self.history.silent_rules |= {rule.info.code}
        self._listen()
        self.feed(
            ProbeFailed(
                step=self.history.step,
                part=f"rule {rule.info.code}",
                error=f"{type(error).__name__}: {error}",
            )
        )

    def _add(self, info: RuleInfo, verdict: Verdict, event: Event) -> None:
        indices = self._kept(verdict.parameters)
        if verdict.parameters and not indices:
            return
        self._news = True
        key = (info.code, verdict.key)
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = self._entry(info, verdict, indices, event.step)
            return
        entry.parameters |= indices
        last = event.step if verdict.last_step is None else verdict.last_step
        entry.last_step = max(entry.last_step, last)
        self._ask_for_trace(info, verdict, indices, again=entry.count)
        entry.count = verdict.count if verdict.count is not None else entry.count + 1
        if verdict.severity.rank >= entry.verdict.severity.rank:
            entry.verdict = verdict

    def _entry(self, info: RuleInfo, verdict: Verdict, indices: set[int], step: int) -> _Entry:
        first = verdict.first_step if verdict.first_step is not None else step
        last = verdict.last_step if verdict.last_step is not None else step
        last = max(first, last)
        self._ask_for_trace(info, verdict, indices)
        key = (info.code, verdict.key)
        order = self._orders.setdefault(key, len(self._orders))
        count = verdict.count if verdict.count is not None else 1
        return _Entry(info, verdict, indices, first, last, count, order)

    def _kept(self, parameters: Iterable[int]) -> set[int]:
        """Without those that the user asked to ignore."""
        if not self.settings.ignore_parameters:
            return set(parameters)
        kept: set[int] = set()
        for index in parameters:
            if index not in self._ignored:
                info = self.history.parameters[index]
                self._ignored[index] = any(
                    map(self.settings.ignores_parameter, {info.name, info.short, *info.aliases})
                )
            if not self._ignored[index]:
                kept.add(index)
        return kept

    def _ask_state_rules(self, *, final: bool) -> dict[tuple[str, Hashable], _Entry]:
        """What the state rules say of the run so far.

        Nothing follows from silence once nobody listens: what they said last is kept then.
        """
        if self._deaf:
            return dict(self._state)
        state: dict[tuple[str, Hashable], _Entry] = {}
        for rule in tuple(self._rules):
            try:
                for verdict in rule.conclude(self.history, final=final):
                    indices = self._kept(verdict.parameters)
                    if verdict.parameters and not indices:
                        continue
                    key = (rule.info.code, verdict.key)
                    entry = self._entry(rule.info, verdict, indices, self.history.step)
                    earlier = self._state.get(key)
                    entry.told = earlier.told if earlier is not None else None
                    state[key] = entry
            except Exception as error:
                self._switch_off(rule, error)
        return state

    # ------------------------------------------------------------------ telling

    def _emit(self, record: Event | Finding) -> None:
        for sink in tuple(self._sinks):
            try:
                sink.emit(record)
            except GradAuditWarning:
                raise  # the user turned warnings into errors
            except Exception as error:
                self._dismiss(sink, error, tell=not isinstance(record, ProbeFailed))

    def _dismiss(self, sink: Sink, error: Exception, *, tell: bool = True) -> None:
        self._sinks.remove(sink)
        if tell:
            text = f"{type(error).__name__}: {error}"
            part = f"sink {type(sink).__name__}"
            self.feed(ProbeFailed(step=self.history.step, part=part, error=text))

    def _all(self, state: dict[tuple[str, Hashable], _Entry] | None = None) -> list[_Entry]:
        both = {**(self._state if state is None else state), **self._entries}
        return sorted(both.values(), key=lambda entry: entry.order)

    def _tell_new(self) -> None:
        for entry in self._all():
            severity = entry.verdict.severity
            if entry.told is None or severity.rank > entry.told.rank:
                entry.told = severity
                self._emit(self._finding(entry))

    def _raise_if_asked(self, event: Event) -> None:
        threshold = self.settings.raise_on
        if threshold is None or not isinstance(event, StepTaken):
            return
        bad = [
            self._finding(entry)
            for entry in self._all()
            if entry.verdict.severity.rank >= Severity(threshold).rank
        ]
        if bad:
            more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
            raise GradAuditError(f"{bad[0]}{more}", tuple(bad))

    def close(self) -> None:
        """The run is over for the sinks as well."""
        for sink in tuple(self._sinks):
            try:
                sink.close()
            except Exception as error:
                self._dismiss(sink, error)

    # ------------------------------------------------------------------ names

    def display_names(self) -> list[str]:
        """See `History.display_names`."""
        if len(self._names) != self.history.n:
            self._names = self.history.display_names()
        return self._names

    def findings(self) -> tuple[Finding, ...]:
        """The findings as they were last judged, the most severe first; asks no rule.

        State rules are asked at some steps only, and when the run ends: `report` asks them now.
        """
        found = [self._finding(entry) for entry in self._all()]
        found.sort(key=lambda finding: -finding.severity.rank)
        return tuple(found)

    def _finding(self, entry: _Entry) -> Finding:
        history, verdict = self.history, entry.verdict
        names = self.display_names()
        indices = sorted(entry.parameters)
        models = {history.parameters[i].model for i in indices}
        optimizer = None
        if verdict.optimizer is not None and verdict.optimizer in history.optimizers:
            optimizer = history.optimizers[verdict.optimizer].name
        evidence = dict(verdict.evidence)
        if verdict.cause is not None and verdict.cause.source:
            evidence.setdefault("source", verdict.cause.source)
        return Finding(
            code=entry.info.code,
            name=entry.info.name,
            severity=verdict.severity,
            message=verdict.message,
            fix=verdict.fix,
            parameters=tuple(names[i] for i in indices),
            model=models.pop() if len(models) == 1 else None,
            optimizer=optimizer,
            rank=history.run.rank if history.run is not None else 0,
            cause=verdict.cause,
            first_step=entry.first_step,
            last_step=entry.last_step,
            count=entry.count,
            evidence=evidence,
        )

    # ------------------------------------------------------------------ the result

    def report(self) -> Report:
        """Everything found so far; a run that is not over is judged as if it ended here."""
        state = self._ask_state_rules(final=True)  # kept apart: the run may go on
        history = self.history
        run, ended = history.run, history.ended
        names = self.display_names()
        findings = [self._finding(entry) for entry in self._all(state)]
        findings.sort(key=lambda finding: -finding.severity.rank)
        rank = run.rank if run is not None else 0
        grid = self._recorder.grid(rank) if self._recorder is not None else None
        return Report(
            findings=tuple(findings),
            backwards=history.backwards,
            steps=history.step,
            parameters=tuple(names),
            models=tuple(info.model for info in history.parameters),
            statuses={
                name: STATUS_NAMES[int(status)]
                for name, status in zip(names, history.status, strict=True)
            },
            gradaudit=run.gradaudit if run is not None else version(),
            torch=run.torch if run is not None else "",
            command=run.command if run is not None else (),
            exit_code=ended.exit_code if ended is not None else None,
            exception=ended.exception if ended is not None else None,
            rank=rank,
            grids=() if grid is None else (grid,),
        )


def started(command: tuple[str, ...], torch: str, rank: int, world_size: int) -> RunStarted:
    """The first event of a run."""
    return RunStarted(
        gradaudit=version(), torch=torch, command=command, rank=rank, world_size=world_size
    )


__all__ = ["Auditor", "started", "version"]
