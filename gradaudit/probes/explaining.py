"""`gradaudit explain`: the audit of a script that answers every read of a `.grad` that is None."""

from __future__ import annotations

import weakref
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any, NamedTuple

import torch

from gradaudit.config import Settings
from gradaudit.probes import engine, zeroing
from gradaudit.probes.callsites import USER, kind_of_file, site_of
from gradaudit.probes.engine import BackwardCall
from gradaudit.probes.modes import modes_disabled
from gradaudit.probes.script import ScriptAudit
from gradaudit.report import Report
from gradaudit.tracing.backwardlog import BackwardLog
from gradaudit.tracing.explanation import Explanation
from gradaudit.tracing.tensornames import name_of
from gradaudit.tracing.whynone import Judge

READS_KEPT = 4096
"""Answers that differ; reads beyond them are only counted."""
_HANDLERS = ("__torch_function__", "__torch_dispatch__")


class _Early(NamedTuple):
    """A read that came before any backward: one that fills the gradient may still come."""

    ref: Any
    key: Explanation


class Reads:
    """The answers so far, alike ones counted."""

    def __init__(self, log: BackwardLog) -> None:
        self._log, self._judge = log, Judge(log)
        self.answers: dict[Explanation, int] = {}
        self.total = self.missing = 0
        self._early: list[_Early] = []
        self._names: dict[tuple[CodeType, int, int], tuple[Any, str]] = {}

    def read(self, tensor: torch.Tensor, value: Any, frame: FrameType) -> None:
        """The user's line that `frame` is at has read `.grad`."""
        self.total += 1
        if value is not None:
            return
        self.missing += 1
        name = self._name(tensor, frame)
        answer = replace(self._judge.why(tensor, name, frame), site=site_of(frame))
        if answer in self.answers:
            self.answers[answer] += 1
        elif len(self.answers) < READS_KEPT:
            self.answers[answer] = 1
            if answer.reason == "no-backward":
                self._early.append(_Early(weakref.ref(tensor), answer))

    def _name(self, tensor: torch.Tensor, frame: FrameType) -> str:
        """Looked for once a line and tensor: a loop reads the same ones again and again."""
        key = (frame.f_code, frame.f_lineno, id(tensor))
        known = self._names.get(key)
        if known is not None and known[0]() is tensor:
            return known[1]
        if len(self._names) >= READS_KEPT:
            self._names.clear()
        name = name_of(tensor, frame)
        self._names[key] = (weakref.ref(tensor), name)
        return name

    def backward_ended(self) -> None:
        """Was a gradient that was read too early filled by this backward?"""
        waiting: list[_Early] = []
        for one in self._early:
            tensor = one.ref()
            if tensor is None:
                continue
            backward = self._log.filled(tensor)
            if backward is None:
                waiting.append(one)
            elif one.key in self.answers and (site := backward.backward.site) is not None:
                said = f"{one.key.message[:-1]}; the one at {site} fills it later."
                later = replace(one.key, message=said, fix=f"read it after {site}", backward=site)
                # In its place: the answers stand in the order of the reads.
                self.answers = {
                    (later if key == one.key else key): n for key, n in self.answers.items()
                }
        self._early = waiting

    def explanations(self) -> tuple[Explanation, ...]:
        """In the order of the first read of each."""
        return tuple(replace(one, count=n) for one, n in self.answers.items())


class ExplainingAudit(ScriptAudit):
    """An audit that traces all of the script, and answers."""

    def __init__(self, settings: Settings, command: tuple[str, ...]) -> None:
        super().__init__(settings, command)
        self._tracer = self._probe.tracer
        self.log = BackwardLog(self._tracer)
        self.reads = Reads(self.log)

    def attach(self) -> None:
        """Begin to listen; before the probe does, for that mutes the tracer during a backward."""
        engine.subscribe(self)
        zeroing.subscribe(self.log)
        self._tracer.grad_is_read = self._read
        global _session
        _session = self
        super().attach()

    def finish(self, exit_code: int | None, exception: str | None) -> Report:
        """Stop listening, and judge the run as a whole. May be called twice."""
        global _session
        _session = None
        self._tracer.grad_is_read = None
        zeroing.unsubscribe(self.log)
        engine.unsubscribe(self)
        return super().finish(exit_code, exception)

    # ------------------------------------------------------------------ a BackwardObserver

    def backward_begins(self, call: BackwardCall) -> None:
        """The outermost backward is about to start."""
        self.log.backward_begins(call)

    def backward_nested(self, call: BackwardCall) -> None:
        """A backward starts inside a backward."""

    def backward_ends(self, call: BackwardCall, error: BaseException | None) -> None:
        """The outermost backward is over."""
        self.log.backward_ends(call, error)
        self.reads.backward_ended()

    def _read(self, tensor: torch.Tensor, value: Any, frame: FrameType) -> None:
        reader = _reader(frame)
        if reader is None or self.log.broken:
            return
        try:
            with modes_disabled():
                self.reads.read(tensor, value, reader)
        except Exception as error:
            self.log.failed(error)


def _reader(frame: FrameType | None) -> FrameType | None:
    """The frame that reads, if it is the user's own: what libraries read is not asked about."""
    while frame is not None and frame.f_code.co_name in _HANDLERS:
        frame = frame.f_back
    if frame is None or kind_of_file(frame.f_code.co_filename) != USER:
        return None
    return frame


_session: ExplainingAudit | None = None


def session() -> ExplainingAudit | None:
    """The audit that explains this process's script, if one does."""
    return _session
