"""The sink that writes an audit as a TensorBoard log.

[Note: When what is written] A block holds up to 32 columns. It is written when it is full, when
it is `_PATIENCE` seconds old, when there is a finding, and at the end, however that comes:
`close`, an exception that leaves the `with` block, or the end of the process. So a process that is
killed loses the block that it was filling, and no more. A finding comes while the column that it
is about is still open: that column is written as soon as it is closed. Time is looked at when
events come; there is no thread.

[Note: Documents] The parameters and the findings are written whole each time something has
changed, since readers always keep what is newest in a tag, and nothing older for sure.

[Note: Starts] Every start of a log has tags of its own, with its time in them: readers drop data
of a tag whose steps go backwards, as those of a resumed run do. Ranks are told apart alike.
"""

from __future__ import annotations

import atexit
import functools
import math
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from gradaudit.columns import UNSEEN, Column, Columns
from gradaudit.events import Event, RunEnded, RunStarted
from gradaudit.findings import Finding, Json
from gradaudit.normcodes import NO_NORM, encode_norms
from gradaudit.strict_json import finding_to_dict
from gradaudit_tensorboard import format as bytes_of
from gradaudit_tensorboard import stock, wire
from gradaudit_tensorboard.format import Block
from gradaudit_tensorboard.writers import outlet_for

_PATIENCE: Final = 20.0
"""Seconds after which columns are written though their block is not full."""
_REFRESH: Final = 5.0
"""Seconds between two writings of the findings while only their counts rise."""
_BURST: Final = 0.2
"""Seconds in which findings that follow each other are written together."""
_SOON: Final = 0.1
"""Seconds between two flushes of scalars: checksums of many records cost as much as those of one.
"""
_CONTENT: Final = b'{"version":1}'

_starts = [0]


def _new_start() -> int:
    """Milliseconds since 1970, and never the same twice in a process."""
    _starts[0] = max(int(time.time() * 1000), _starts[0] + 1)
    return _starts[0]


class TensorBoardSink:
    """Writes the status and the norm of every gradient at every step, and the findings.

    `target`: the directory that TensorBoard reads (a file of events is made in it), a
    SummaryWriter of torch or tensorboardX, or Lightning's TensorBoardLogger. A writer is flushed
    and never closed. `first_step`: number of the first step, for a run that goes on where another
    has ended; `rank`: of the process, None: what the audit says; `dashboards`: also write scalars,
    a histogram and a text for TensorBoard's own dashboards (of rank 0 only, since the curves of
    several ranks would be one).

    A forked child of the process writes nothing.

    Raises:
        UsageError: the target is nothing that a log can be written to.

    """

    may_lag = True

    def __init__(
        self, target: object, *, first_step: int = 0, rank: int | None = None,
        dashboards: bool = True,
    ) -> None:  # fmt: skip
        self._outlet = outlet_for(target)
        self._run_name = _name_of(target)
        self._first_step, self._rank, self._dashboards = first_step, rank, dashboards
        self._columns = Columns(first_step)
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._stamp = ""
        self._findings: Callable[[], tuple[Finding, ...]] | None = None
        self._heard: dict[tuple[str, str], Finding] = {}
        self._scalars = stock.Scalars()
        self._pending: list[Column] = []
        self._oldest = 0.0
        self._blocks = self._written = self._described = 0
        self._news = False
        self._owing = False
        self._told: tuple[Finding, ...] | None = None
        self._words = b""
        self._told_at = self._next_flush = -math.inf
        self._started: RunStarted | None = None
        self._ended: RunEnded | None = None
        self._at_exit = functools.partial(_close, weakref.ref(self))
        atexit.register(self._at_exit)

    # ------------------------------------------------------------------ a sink

    def opened(self, findings: Callable[[], tuple[Finding, ...]]) -> None:
        """See `gradaudit.sinks.base.StateSink`."""
        self._findings = findings

    def emit(self, record: Event | Finding) -> None:
        """Take one record. Raises OSError when the disk is full; the sink is closed then."""
        if self._outlet is None or os.getpid() != self._pid:
            return
        with self._lock:
            try:
                self._take(record)
            except BaseException:
                self._abandon()
                raise

    def close(self) -> None:
        """Write what is left, and close the file if it is ours. May be called twice."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            if self._outlet is None:
                return
            try:
                for column in self._columns.finish():
                    self._add(column)
                self._write(last=True)
                self._outlet.close()
            finally:
                self._abandon()

    def _abandon(self) -> None:
        outlet, self._outlet = self._outlet, None
        atexit.unregister(self._at_exit)
        if outlet is not None:
            outlet.abandon()

    # ------------------------------------------------------------------ taking

    def _take(self, record: Event | Finding) -> None:
        now = time.monotonic()
        if isinstance(record, Finding):
            self._news = self._owing = True
            self._heard[record.code, record.message] = record
            if now - self._told_at >= _BURST:
                self._write()
            return
        if isinstance(record, RunStarted):
            self._started = record
        elif isinstance(record, RunEnded):
            self._ended = record
        for column in self._columns.feed(record):
            self._add(column)
        full = len(self._pending) >= bytes_of.STEPS_IN_BLOCK
        late = bool(self._pending) and now - self._oldest >= _PATIENCE
        first = bool(self._pending) and not self._blocks
        owed = bool(self._pending) and self._owing
        if full or late or first or owed or (self._news and now - self._told_at >= _BURST):
            self._write()
        elif self._outlet is not None and now >= self._next_flush:
            self._next_flush = now + _SOON
            self._outlet.flush(wait=False)

    def _add(self, column: Column) -> None:
        if not self._pending:
            self._oldest = time.monotonic()
        self._pending.append(column)
        if len(self._pending) > bytes_of.STEPS_IN_BLOCK:
            self._write_block(self._pending[: bytes_of.STEPS_IN_BLOCK])
            self._pending = self._pending[bytes_of.STEPS_IN_BLOCK :]
        if self._shows_dashboards():
            self._put(self._scalars.of(column), column.step)
            if self._written % stock.HISTOGRAM_EVERY == 0:
                self._put(stock.histogram(column.norm), column.step)
        self._written += 1

    def _shows_dashboards(self) -> bool:
        return self._dashboards and self._of_rank() == 0

    def _of_rank(self) -> int:
        if self._rank is not None:
            return self._rank
        return self._started.rank if self._started is not None else 0

    # ------------------------------------------------------------------ writing

    def _write(self, *, last: bool = False) -> None:
        """All that is there. See [Note: When what is written]."""
        if self._outlet is None or not (self._columns.parameters or self._news or self._written):
            return
        urgent = self._news or self._owing or last
        if self._pending:
            self._owing = False
        parameters = self._columns.parameters
        if self._described != len(parameters):
            self._described = len(parameters)
            document: dict[str, Json] = {
                "version": 1,
                "run": self._run(),
                "parameters": [bytes_of.schema_entry(info) for info in parameters],
            }
            self._put_document(bytes_of.SCHEMA, document)
        if self._pending:
            pending, self._pending = self._pending, []
            self._write_block(pending)
        if urgent or time.monotonic() - self._told_at >= _REFRESH:
            self._tell(last=last)
        self._outlet.flush(wait=urgent)

    def _write_block(self, columns: list[Column]) -> None:
        many, n = len(columns), max(len(column.status) for column in columns)
        status = np.full((many, n), UNSEEN, np.uint8)
        norms = np.full((many, n), np.nan)
        for k, column in enumerate(columns):
            status[k, : len(column.status)] = column.status
            norms[k, : len(column.norm)] = column.norm
        codes = encode_norms(norms, status)
        codes[status == UNSEEN] = NO_NORM
        steps = np.array([column.step for column in columns], np.int64)
        data = bytes_of.encode_block(Block(steps, status, codes))
        number = self._blocks // bytes_of.BLOCKS_IN_TAG
        # Of its first step: where a run is resumed and the rest purged, what came before stays.
        self._put_bytes(
            bytes_of.tag_of(bytes_of.GRID, self._stamped(), number), data, int(steps[0])
        )
        self._blocks += 1

    def _tell(self, *, last: bool) -> None:
        """The findings as they are now, if they have changed."""
        findings = self._findings() if self._findings is not None else tuple(self._heard.values())
        if findings == self._told and not last:
            return
        self._news, self._told, self._told_at = False, findings, time.monotonic()
        if self._first_step:
            findings = tuple(
                replace(one, first_step=one.first_step + self._first_step,
                        last_step=one.last_step + self._first_step)
                for one in findings
            )  # fmt: skip
        self._scalars.findings = findings
        ended = self._ended
        document: dict[str, Json] = {
            "version": 1,
            "run": self._run(),
            "ended": last,
            "exit_code": ended.exit_code if ended is not None else None,
            "exception": ended.exception if ended is not None else None,
            "findings": [finding_to_dict(one) for one in findings],
        }
        self._put_document(bytes_of.FINDINGS, document)
        if self._shows_dashboards():
            words = stock.text(findings, self._run_name).encode("utf-8", "replace")
            if words != self._words:  # the end of a run says nothing new as a rule
                self._words = words
                self._put(wire.strings(stock.TEXT_TAG, "text", words), self._now())
            if last:
                self._put(self._scalars.latest(), self._now())

    def _run(self) -> dict[str, Json]:
        run = self._started
        return {
            "rank": self._of_rank(),
            "first_step": self._first_step,
            "gradaudit": run.gradaudit if run is not None else "",
            "torch": run.torch if run is not None else "",
            "command": list(run.command) if run is not None else [],
            "world_size": run.world_size if run is not None else 1,
        }

    def _now(self) -> int:
        """The step that documents are of."""
        return max(self._columns.number, self._first_step)

    def _stamped(self) -> str:
        if not self._stamp:
            self._stamp = bytes_of.start_stamp(self._of_rank(), _new_start())
        return self._stamp

    def _put_document(self, family: str, document: dict[str, Json]) -> None:
        data = bytes_of.encode_document(document)
        self._put_bytes(bytes_of.tag_of(family, self._stamped()), data, self._now())

    def _put_bytes(self, tag: str, data: bytes, step: int) -> None:
        self._put(wire.strings(tag, bytes_of.PLUGIN_NAME, data, _CONTENT), step)

    def _put(self, summary: bytes | None, step: int) -> None:
        if summary is not None and self._outlet is not None:
            self._outlet.put(summary, step)


def _close(sink: weakref.ref[TensorBoardSink]) -> None:
    """At the end of the process, where nobody has closed it."""
    found = sink()
    if found is not None:
        found.close()


def _name_of(target: object) -> str:
    """What TensorBoard calls the run, if its `--logdir` is the folder above; "" where unknown."""
    for folder in (target, getattr(target, "log_dir", None), getattr(target, "logdir", None)):
        if isinstance(folder, (str, os.PathLike)):
            return os.path.basename(os.path.abspath(os.fsdecode(folder)))
    return ""


__all__ = ["TensorBoardSink"]
