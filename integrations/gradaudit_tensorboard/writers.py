"""What a log can be written to: a directory, or a writer that belongs to the user.

[Note: Flushing a writer] torch's writer hands events to a thread, and `flush` waits for it. So it
is not asked right after events were handed over, but by the next step that comes `_SOON` later,
when the thread is through and nobody waits; at once only where something must not be lost.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from gradaudit.errors import UsageError
from gradaudit_tensorboard.eventfile import EventFile

_SOON: Final = 0.05
"""Seconds that a writer's thread is given before it is asked to flush."""


class Outlet(Protocol):
    """Where Summaries go."""

    def put(self, summary: bytes, step: int) -> None:
        """Take one serialized Summary."""
        ...

    def flush(self, *, wait: bool) -> None:
        """See that it reaches the disk: now (`wait`), or soon without waiting."""
        ...

    def close(self) -> None:
        """Flush, and let go of it."""
        ...

    def abandon(self) -> None:
        """Let go of it; something has failed."""
        ...


class WriterOutlet:
    """A SummaryWriter of torch's or tensorboardX's. It is flushed, and never closed.

    One that its owner has closed would open a new file and start a new thread: what comes after
    that goes into a file of our own beside its files.
    """

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._after: EventFile | None = None
        self._parse: Callable[[bytes], Any] | None = None
        self._due: float | None = None

    def put(self, summary: bytes, step: int) -> None:
        """Hand it to the writer."""
        if self._after is not None:
            self._after.put(summary, step)
            return
        if _is_closed(self._writer):
            self._after = EventFile(_directory_of(self._writer), last=True)
            self._after.put(summary, step)
            return
        writer = self._writer
        if hasattr(writer, "_get_file_writer"):
            writer = writer._get_file_writer()
        parse = self._parse
        if parse is None:
            parse = self._parse = _summary_class(writer).FromString
        writer.add_summary(parse(summary), step)
        if self._due is None:
            self._due = time.monotonic() + _SOON

    def flush(self, *, wait: bool) -> None:
        """See [Note: Flushing a writer]."""
        if self._after is not None:
            self._after.flush(wait=wait)
        elif self._due is not None and (wait or time.monotonic() >= self._due):
            self._due = None
            if not _is_closed(self._writer):
                self._writer.flush()

    def close(self) -> None:
        """Flush it; it is not ours to close."""
        self.flush(wait=True)
        if self._after is not None:
            self._after.close()

    def abandon(self) -> None:
        """Leave it alone."""
        if self._after is not None:
            self._after.abandon()


def outlet_for(target: object) -> Outlet | None:
    """Where a log for this target goes; None for a logger that only rank 0 writes to.

    Raises:
        UsageError: nothing that a log can be written to.

    """
    if isinstance(target, (str, os.PathLike)):
        path = os.fspath(target)
        if isinstance(path, str) and path:
            return EventFile(path)
    logger: Any = target
    if any(kind.__name__ == "TensorBoardLogger" for kind in type(target).__mro__):
        logger = logger.experiment
        if type(logger).__name__ in ("_DummyExperiment", "DummyExperiment"):
            return None
    if callable(getattr(logger, "_get_file_writer", None)) or (
        callable(getattr(logger, "add_summary", None)) and callable(getattr(logger, "flush", None))
    ):
        return WriterOutlet(logger)
    raise UsageError(
        "expected a directory, a SummaryWriter of torch or tensorboardX or Lightning's "
        f"TensorBoardLogger, got {type(target).__name__}: pass the directory that TensorBoard reads"
    )


def _is_closed(writer: Any) -> bool:
    """A SummaryWriter forgets its file writers when it is closed."""
    return hasattr(writer, "all_writers") and writer.all_writers is None


def _directory_of(writer: Any) -> str:
    return str(getattr(writer, "log_dir", None) or getattr(writer, "logdir", None) or ".")


def _summary_class(writer: object) -> Any:
    """The message class that this file writer takes; its package has been imported already."""
    theirs = type(writer).__module__.partition(".")[0] == "tensorboardX"
    package = "tensorboardX.proto" if theirs else "tensorboard.compat.proto"
    return importlib.import_module(f"{package}.summary_pb2").Summary


__all__ = ["Outlet", "WriterOutlet", "outlet_for"]
