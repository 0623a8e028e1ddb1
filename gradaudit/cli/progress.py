"""HOW FAR IT IS: one line at the foot of a terminal while a script is audited.

[Note: Out of the way] The line is drawn by the training thread, at most 5 times a second, and only
while the cursor stands at the start of a line. To know where it stands, `write` of the two streams
that lead to the terminal is listened to: whatever the script writes there wipes our line first,
and a line that the script has left unfinished (a progress bar of its own) is never drawn over.
The streams stay the same objects, and every text reaches them unchanged.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from gradaudit.events import BackwardEnded, Event, StepTaken
from gradaudit.findings import Finding, Severity

PERIOD = 0.2
"""Seconds between two drawings, at least."""


class Progress:
    """A sink that counts, and shows its counts on `stream` where that is a terminal.

    It switches itself off, for good, when `sys.stderr` is no longer `stream`, and in a forked
    child. Nothing is touched where `stream` is no terminal.
    """

    may_lag = True

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._home = os.getpid()
        self._steps = 0
        self._backwards = 0
        self._worst: dict[object, Severity] = {}
        self._next = clock() + PERIOD
        self._shown = 0
        self._at_line_start = True
        self._lock = threading.RLock()
        self._listeners: list[_Listener] = []
        self._on = stream is sys.stderr and _is_terminal(stream)
        if self._on:
            outputs = [stream]
            if sys.stdout is not stream and _is_terminal(sys.stdout):
                outputs.append(sys.stdout)
            self._listeners = [_Listener(one, self._make_room) for one in outputs]

    def emit(self, record: Event | Finding) -> None:
        """Count one record, and draw when it is time to."""
        if not self._on:
            return
        if isinstance(record, StepTaken):
            self._steps += 1
        elif isinstance(record, BackwardEnded):
            self._backwards += 1
        elif isinstance(record, Finding):
            cause = record.cause
            self._worst[record.code, record.model, record.optimizer, cause] = record.severity
        else:
            return
        if self._clock() >= self._next:
            self._draw()

    def close(self) -> None:
        """Wipe the line and give the streams back. May be called twice."""
        if self._on and os.getpid() == self._home:
            self._wipe()
        self._on = False
        for listener in self._listeners:
            listener.stop()

    def _draw(self) -> None:
        if os.getpid() != self._home or sys.stderr is not self._stream:
            self.close()
            return
        with self._lock:
            self._next = self._clock() + PERIOD
            if not self._at_line_start:
                return
            text = self._text()[: _columns(self._stream) - 1]
            self._write("\r" + text + " " * (self._shown - len(text)) + "\r")
            self._shown = len(text)

    def _text(self) -> str:
        parts = [f"{self._steps} steps", f"{self._backwards} backwards"]
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
            count = sum(one is severity for one in self._worst.values())
            if count:
                parts.append(f"{count} {severity.value}{'s' if count > 1 else ''}")
        return "gradaudit: " + ", ".join(parts)

    def _make_room(self, text: str) -> None:
        """Called before the script writes `text`."""
        if self._shown and os.getpid() == self._home:
            self._wipe()
        if text:
            self._at_line_start = text.endswith("\n")

    def _wipe(self) -> None:
        with self._lock:
            if self._shown:
                width, self._shown = self._shown, 0
                self._write("\r" + " " * width + "\r")

    def _write(self, text: str) -> None:
        # A terminal that is gone, or one that a signal found in the middle of a write.
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            self._listeners[0].write_through(text)


class _Listener:
    """Listens to what is written to a stream, until `stop`."""

    def __init__(self, stream: TextIO, before: Callable[[str], None]) -> None:
        self._stream = stream
        self._before = before
        self._original = stream.write
        self._own = self._write
        setattr(stream, "write", self._own)  # noqa: B010 - an attribute of the object, not the class

    def stop(self) -> None:
        """Give `write` back, unless somebody else has put theirs over ours."""
        own = vars(self._stream)
        if own.get("write") is self._own:
            del own["write"]

    def write_through(self, text: str) -> None:
        """Write what is ours."""
        self._original(text)
        self._stream.flush()

    def _write(self, text: str, /) -> int:
        self._before(text)
        return self._original(text)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        # vars: only an object with attributes of its own can be listened to.
        return stream is not None and stream.isatty() and "write" not in vars(stream)
    except (AttributeError, TypeError, ValueError):
        return False


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
