"""A file of events of our own, where only a directory is given.

Written from the training thread, without a thread: what is handed over is kept until `flush`,
which writes all of it at once. What was flushed survives the death of the process.
"""

from __future__ import annotations

import os
import re
import socket
import time
from pathlib import Path

from gradaudit.errors import UsageError
from gradaudit_tensorboard import wire
from gradaudit_tensorboard.crc import crc32c, masked


class EventFile:
    """Takes serialized Summaries. See the top; `path`: of the file.

    The file is made when the first bytes are written. `last`: it goes on with what another file of
    the folder has begun, so its name comes after all that are there: files are read in the order of
    their names, and tags must not see their steps go backwards.

    Raises:
        UsageError: the directory cannot be made or written to.

    """

    def __init__(self, directory: str | os.PathLike[str], *, last: bool = False) -> None:
        self.directory = Path(directory)
        self._last = last
        self._events: list[bytes] = []
        self._file: int | None = None
        self.path: Path | None = None
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if not os.access(self.directory, os.W_OK):
                raise PermissionError(f"{self.directory} cannot be written to")
        except OSError as error:
            raise UsageError(
                f"expected a directory that a TensorBoard log can be written to, got: {error}; "
                "give another one."
            ) from error

    def put(self, summary: bytes, step: int) -> None:
        """Keep one Summary for the next flush."""
        self._events.append(wire.event(time.time(), step, summary))

    def flush(self, *, wait: bool) -> None:
        """Write what was kept. Raises OSError when the disk is full."""
        del wait  # it is always written when this returns
        events, self._events = self._events, []
        if not events:
            return
        if self._file is None:
            self.path, self._file = _new_file(self.directory, last=self._last)
            events.insert(0, wire.first_event(time.time()))
        lengths = [wire.length(data) for data in events]
        sums = [masked(crc).to_bytes(4, "little") for crc in crc32c([*lengths, *events])]
        parts: list[bytes] = []
        for place, data in enumerate(events):
            parts += (lengths[place], sums[place], data, sums[len(events) + place])
        left = memoryview(b"".join(parts))
        while left:
            left = left[os.write(self._file, left) :]

    def close(self) -> None:
        """Flush, and close the file."""
        try:
            self.flush(wait=True)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file and forget what was not written."""
        self._events.clear()
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _new_file(directory: Path, *, last: bool) -> tuple[Path, int]:
    host = re.sub(r"[^A-Za-z0-9_-]", "_", socket.gethostname()) or "localhost"
    stem = f"events.out.tfevents.{int(time.time()):010d}.{host}.{os.getpid()}"
    if last:
        stem = max((path.name for path in directory.glob("events.out.tfevents.*")), default=stem)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    number = 0
    while True:
        path = directory / f"{stem}.{number}.gradaudit"
        try:
            return path, os.open(path, flags, 0o644)
        except FileExistsError:
            number += 1


__all__ = ["EventFile"]
