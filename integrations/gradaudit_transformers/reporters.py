"""What the Trainer's reporters get: TensorBoard the whole log, all others a few numbers."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradaudit.arrays import IS_BAD
from gradaudit.events import BackwardEnded, Event, Status, StepTaken
from gradaudit.findings import Finding, Severity
from gradaudit.sinks.base import Sink
from gradaudit_transformers.loop import Loop

_KEPT = 256
"""Records kept until the Trainer's writer is there. A handful come before the first step."""


class Summary:
    """A sink that adds up what goes into the Trainer's logs: counts, of parameters and findings.

    `none` and `zero`: parameters without a gradient, or with nothing but zeros, at an optimizer
    step; `nonfinite`: with NaN or infinity after a backward. Each is the worst since the numbers
    were read last. `findings`: errors and warnings so far.
    """

    may_lag = True

    def __init__(self) -> None:
        self._worst = {"none": 0, "nonfinite": 0, "zero": 0}
        self._loud: set[tuple[str, tuple[str, ...]]] = set()

    def emit(self, record: Event | Finding) -> None:
        """Count."""
        if isinstance(record, Finding):
            if record.severity is not Severity.INFO:
                self._loud.add((record.code, record.parameters))
        elif isinstance(record, StepTaken):
            self._count("none", record.status == Status.NONE)
            self._count("zero", record.status == Status.ZERO)
        elif isinstance(record, BackwardEnded):
            self._count("nonfinite", IS_BAD[record.status])

    def _count(self, name: str, which: Any) -> None:
        self._worst[name] = max(self._worst[name], int(np.count_nonzero(which)))

    def close(self) -> None:
        """Nothing to do."""

    def numbers(self) -> Mapping[str, float]:
        """Name -> number; the worst of each begins anew."""
        worst, self._worst = self._worst, dict.fromkeys(self._worst, 0)
        named = {f"gradaudit/{name}": count for name, count in worst.items()}
        return {**named, "gradaudit/findings": len(self._loud)}


class BesideTrainer:
    """A sink that writes the log of `gradaudit_tensorboard` through the Trainer's own writer.

    So both are one run in TensorBoard. The writer is asked for at `open`; what comes before that
    is kept. Without a TensorBoard callback in the Trainer nothing is written.
    """

    may_lag = True

    def __init__(self, loop: Loop | None, first_step: int) -> None:
        self._loop, self._first_step = loop, first_step
        self._early: list[Event | Finding] | None = []
        self._sink: Sink | None = None
        self._opened: Any = None

    def opened(self, findings: Any) -> None:
        """Keep what the auditor offers to sinks that show the state of a run."""
        self._opened = findings

    def open(self) -> None:
        """All callbacks have begun: is there a writer? May be called often."""
        if self._early is None:
            return
        early, self._early = self._early, None
        loop, self._loop = self._loop, None
        writer = None if loop is None else _writer_of(loop)
        if writer is None:
            return
        package = importlib.import_module("gradaudit_tensorboard")
        sink: Any = package.TensorBoardSink(writer, first_step=self._first_step)
        if self._opened is not None and callable(getattr(sink, "opened", None)):
            sink.opened(self._opened)
        self._sink = sink
        for record in early:
            sink.emit(record)

    def emit(self, record: Event | Finding) -> None:
        """Hand one record on, or keep it."""
        if self._sink is not None:
            self._sink.emit(record)
        elif self._early is not None:
            self._early.append(record)
            if len(self._early) > _KEPT:
                self._early = None  # nobody opens us: this is no loop of the Trainer's

    def close(self) -> None:
        """Write what is left; the writer stays open for its owner."""
        self._early = self._loop = None
        if self._sink is not None:
            self._sink.close()


def _writer_of(loop: Loop) -> Any:
    """That of the Trainer's TensorBoard callback; None where it has none."""
    for callback in loop.handler.callbacks:
        if any(kind.__name__ == "TensorBoardCallback" for kind in type(callback).__mro__):
            writer = getattr(callback, "tb_writer", None)
            if writer is not None:
                return writer
    return None
