"""A run as lines of JSON: one line for each event and each finding, as it happens.

[Note: What a killed process loses] Each line is one unbuffered write at the end of the file, so
at most the line that is being written is lost, and of a loop whose steps are all alike those of the
last quarter of a second (gradaudit/rounds.py). Nothing is ever written over: a file of an older run
stays, and the new one gets a number.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from gradaudit.errors import UsageError
from gradaudit.events import Event
from gradaudit.findings import Finding, Json
from gradaudit.sinks.event_codec import decode, encode
from gradaudit.strict_json import finding_to_dict, table

SUFFIX = ".jsonl"
OPENED = "LogOpened"
"""Kind of a log's first line: when it was opened (seconds since 1970), by which process."""
_NAME = re.compile(r"gradaudit\.rank(\d+)(?:\.(\d+))?\.jsonl")


class JsonlSink:
    """Writes every record as a line of JSON.

    `path`: a file whose name ends in ".jsonl", or a directory, which then gets the file
    `gradaudit.rank{rank}.jsonl`. Where that file is there already, the new one is called
    `gradaudit.rank{rank}.1.jsonl`, and so on. A forked child of the process writes nothing.

    Raises:
        UsageError: the file cannot be made.

    """

    may_lag = True

    def __init__(self, path: str | os.PathLike[str], rank: int = 0) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._file: int | None
        self.path, self._file = _new_file(Path(path), rank)
        self._write({"kind": OPENED, "time": time.time(), "pid": self._pid, "rank": rank})

    def emit(self, record: Event | Finding) -> None:
        """Write one line. Raises OSError when the disk is full."""
        if self._file is None or os.getpid() != self._pid:
            return
        if isinstance(record, Finding):
            self._write({"kind": "Finding", **finding_to_dict(record)})
        else:
            self._write(encode(record))

    def close(self) -> None:
        """Close the file; later records are passed over."""
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _write(self, document: dict[str, Json]) -> None:
        line = json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n"
        left = memoryview(line.encode("ascii"))
        with self._lock:
            while left and self._file is not None:
                left = left[os.write(self._file, left) :]


def read_events(path: str | os.PathLike[str]) -> Iterator[Event]:
    """The events of a saved run, in their order. Findings are passed over.

    An incomplete last line is dropped. Kinds of events and fields of newer versions are skipped.

    Raises:
        UsageError: the file cannot be read, or a line before its end is damaged.

    """
    for place, document in _documents(Path(path)):
        try:
            event = decode(document)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _damaged(place, error) from error
        if event is not None:
            yield event


def opened_at(path: str | os.PathLike[str]) -> float:
    """When a log was opened, in seconds since 1970; when it was last written where it says not.

    Raises:
        UsageError: as of `read_events`.

    """
    for _, document in _documents(Path(path)):
        moment = document.get("time")
        if document.get("kind") == OPENED and isinstance(moment, float):
            return moment
        break
    return Path(path).stat().st_mtime


def log_files(directory: Path) -> dict[int, list[Path]]:
    """The logs in a directory: rank -> its files, the oldest first."""
    found: dict[int, list[tuple[int, Path]]] = {}
    for path in directory.iterdir():
        match = _NAME.fullmatch(path.name)
        if match is not None and path.is_file():
            found.setdefault(int(match[1]), []).append((int(match[2] or 0), path))
    return {rank: [path for _, path in sorted(found[rank])] for rank in sorted(found)}


def _new_file(path: Path, rank: int) -> tuple[Path, int]:
    """A file that was not there before, opened for appending."""
    wanted = path if path.suffix == SUFFIX else path / f"gradaudit.rank{rank}{SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    stem, number, now = wanted.with_suffix(""), 0, wanted
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                return now, os.open(now, flags, 0o644)
            except FileExistsError:
                number += 1
                now = stem.with_name(f"{stem.name}.{number}{SUFFIX}")
    except OSError as error:
        raise UsageError(
            f"expected a place where the log {wanted} can be written, got: {error}; "
            "give another directory as `log_dir`."
        ) from error


def _documents(path: Path) -> Iterator[tuple[str, dict[str, Json]]]:
    """The objects of a log, each with its place ("file, line 3")."""
    try:
        with path.open("rb") as file:
            for count, line in enumerate(file, 1):
                place = f"{path}, line {count}"
                try:
                    yield place, table(cast("Json", json.loads(line)))
                except (ValueError, TypeError, RecursionError) as error:
                    if not line.endswith(b"\n"):
                        return
                    raise _damaged(place, error) from error
    except OSError as error:
        raise UsageError(
            f"expected a saved run that can be read, got: {error}; "
            "give the .jsonl file or the directory that `log_dir` named."
        ) from error


def _damaged(place: str, error: Exception) -> UsageError:
    return UsageError(
        f"{place}: expected one record of a saved run, got a damaged line ({error}); "
        "it was written by something else or changed later, so save the run anew."
    )
