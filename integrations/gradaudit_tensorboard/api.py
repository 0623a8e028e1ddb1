"""What the page is told, as JSON and bytes; it is the same over HTTP and inside a file.

[Note: The grid] A grid is: u32 (little endian) length of the header; the header, JSON padded with
blanks so that what follows begins at a multiple of 4; status codes u8 [rows x columns]; padding to
a multiple of 2; norm codes u16 little endian [rows x columns]. A row is a parameter. A column has
the worst status and the largest norm of its steps. Header: {"columns", "rows", "first", "last"},
the latter two with the first and the last step of each column, and "had" where it is known: how
many parameters have had each status in some of these steps, by its code (a text), whatever worse
status covers it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradaudit.events import STATUS_NAMES
from gradaudit.findings import Finding, Json, Severity
from gradaudit.normcodes import NO_NORM
from gradaudit.strict_json import finding_to_dict
from gradaudit_tensorboard.documents import Parameter
from gradaudit_tensorboard.format import NORM, UNSEEN
from gradaudit_tensorboard.pooling import NO_LOW, Bytes, Codes, Indices, to_codes

if TYPE_CHECKING:  # a page that stands alone needs no TensorBoard
    from gradaudit_tensorboard.track import Track, View

MOST_CELLS = 8_000_000
"""In one grid."""
MOST_COLUMNS = 4096
MOST_CURVES = 24
MOST_FINDINGS = 10_000
_STILL_READING = "This log is large and still being read; what is shown grows by itself."
_LARGEST = 2**53
"""Whole numbers beyond this are not exact in JavaScript."""


class RefusedError(Exception):
    """A question that cannot be answered: what to say, and the HTTP status to say it with."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


# ---------------------------------------------------------------------- questions


def whole(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number of a query.

    Raises:
        RefusedError: it is none, or lies outside `low` to `high`.

    """
    word = query.get(name, "")
    if not word:
        return default
    digits = word.removeprefix("-")
    number = int(word) if len(digits) < 17 and digits.isascii() and digits.isdecimal() else None
    if number is None or not low <= number <= high:
        raise RefusedError(f"Expected a whole number from {low} to {high} as {name!r}.")
    return number


def span(query: Mapping[str, str]) -> tuple[int, int]:
    """First and last step that are asked for, both included; all where nothing is said."""
    first = whole(query, "from", -_LARGEST, -_LARGEST, _LARGEST)
    return first, whole(query, "to", _LARGEST, -_LARGEST, _LARGEST)


def columns(query: Mapping[str, str]) -> int:
    """Number of columns that are asked for."""
    return whole(query, "cols", 1200, 1, MOST_COLUMNS)


def seconds(query: Mapping[str, str]) -> float:
    """How long the answer may wait for what was not read yet; as long as it takes by default."""
    return whole(query, "within", 0, 1, 60_000) / 1000 or math.inf


def chosen(query: Mapping[str, str], count: int) -> Indices:
    """The parameters that are asked for, as indices below `count`.

    Raises:
        RefusedError: none, too many, or one that is not there.

    """
    words = [word for word in query.get("p", "")[:1000].split(",") if word]
    if not 0 < len(words) <= MOST_CURVES:
        raise RefusedError(f"Expected 1 to {MOST_CURVES} indices of parameters as 'p'.")
    return np.array([whole({"p": word}, "p", 0, 0, count - 1) for word in words], np.int64)


def key_of(run: str, rank: int) -> str:
    """What names one rank of one run in a query."""
    return f"{run}|{rank}"


def run_and_rank(query: Mapping[str, str]) -> tuple[str, int]:
    """What `key_of` made.

    Raises:
        RefusedError: it did not.

    """
    run, bar, rank = query.get("key", "").rpartition("|")
    if not bar or not rank.isascii() or not rank.isdecimal() or len(rank) > 9:
        raise RefusedError("Expected a 'key' as the list of runs gives it.")
    return run, int(rank)


# ---------------------------------------------------------------------- answers


def json_bytes(document: Json) -> bytes:
    """Strict JSON in ASCII; whatever names hold, no quote or bracket of theirs gets out."""
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii")


def schema(parameters: Sequence[Parameter]) -> dict[str, Json]:
    """The parameters, in the order of the grid's rows, and what the codes mean."""
    return {
        "parameters": [one.to_dict() for one in parameters],
        "statuses": list(STATUS_NAMES),
        "unseen": UNSEEN,
        "norm": NORM,
    }


def counts(findings: Sequence[Finding]) -> dict[str, Json]:
    """Number of findings by severity."""
    return {
        severity.value: sum(one.severity is severity for one in findings) for severity in Severity
    }


def findings(found: Sequence[Finding], parameters: Sequence[Parameter]) -> list[Json]:
    """Findings as in the report's JSON, each with a stable `id`, and its `indices` in the grid."""
    places: dict[str, list[int]] = {}
    for index, one in enumerate(parameters):
        for name in {one.name, one.short, one.title}:
            places.setdefault(name, []).append(index)
    told: list[Json] = []
    used: dict[str, int] = {}
    for finding in found[:MOST_FINDINGS]:
        own = (finding.code, finding.model, finding.optimizer, finding.rank, finding.first_step)
        short = hashlib.sha256(repr(own).encode("utf-8", "surrogatepass")).hexdigest()[:6]
        name = f"{finding.code[:16]}-{short}"
        used[name] = used.get(name, 0) + 1
        indices = {
            index
            for parameter in finding.parameters
            for index in places.get(parameter, ())
            if finding.model in (None, parameters[index].model)
        }
        told.append(
            {
                **finding_to_dict(finding),
                "id": name if used[name] == 1 else f"{name}-{used[name]}",
                "indices": [*sorted(indices)],
            }
        )
    return told


def summary(track: Track, run: str, rank: int) -> dict[str, Json]:
    """One line of the list of runs."""
    steps = track.steps
    return line(
        run,
        rank,
        steps=len(steps),
        span=(int(steps[0]), int(steps[-1])) if len(steps) else None,
        parameters=len(track.parameters),
        started=track.started,
        findings=track.findings(),
        message=track.message or (_STILL_READING if track.unread else None),
        unread=track.unread,
    )


def line(
    run: str,
    rank: int,
    *,
    steps: int,
    span: tuple[int, int] | None,
    parameters: int,
    findings: Sequence[Finding],
    started: int | None = None,
    message: str | None = None,
    unread: int = 0,
) -> dict[str, Json]:
    """One line of the list of runs.

    `started`: in milliseconds since 1970, None: not known; `unread`: parts of the log that were
    not come to yet, so that the numbers are of a part.
    """
    return {
        "run": run,
        "rank": rank,
        "key": key_of(run, rank),
        "steps": steps,
        "first_step": None if span is None else span[0],
        "last_step": None if span is None else span[1],
        "parameters": parameters,
        "started": started,
        "findings": counts(findings),
        "message": message,
        "unread": unread,
    }


def grid(
    first: Indices,
    last: Indices,
    status: Bytes,
    norms: Codes,
    had: Mapping[int, int] | None = None,
) -> bytes:
    """See [Note: The grid]. `status`, `norms`: [columns, rows]; `had`: by status code."""
    document: dict[str, Json] = {
        "columns": len(first),
        "rows": status.shape[1],
        "first": first.tolist(),
        "last": last.tolist(),
    }
    if had is not None:
        document["had"] = {str(code): many for code, many in had.items()}
    header = json_bytes(document)
    header += b" " * (-len(header) % 4)
    return b"".join(
        (
            len(header).to_bytes(4, "little"),
            header,
            np.ascontiguousarray(status.T).tobytes(),
            b"\0" * (status.size % 2),
            np.ascontiguousarray(norms.T).astype("<u2").tobytes(),
        )
    )


def grid_of(view: View) -> bytes:
    """See [Note: The grid]."""
    return grid(view.first, view.last, to_codes(view.cells.ranks), view.cells.norms, view.had)


def curves(view: View, indices: Indices) -> dict[str, Json]:
    """For each parameter its statuses, largest and smallest ordinary norm codes by column."""
    status = to_codes(view.cells.ranks)
    lowest = view.cells.lowest()
    low = np.where(lowest == NO_LOW, np.uint16(NO_NORM), lowest)
    return {
        "first": view.first.tolist(),
        "last": view.last.tolist(),
        "curves": [
            {
                "index": int(index),
                "status": status[:, place].tolist(),
                "norm": view.cells.norms[:, place].tolist(),
                "low": low[:, place].tolist(),
            }
            for place, index in enumerate(indices)
        ],
    }
