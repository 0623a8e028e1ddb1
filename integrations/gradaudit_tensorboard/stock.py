"""What TensorBoard's own dashboards show of an audit: some scalars, a histogram, a text.

[Note: Sampling] Readers keep 1,000 points of a scalar and drop the others at random. So a step
that must not be missed is in counters that only rise ("steps with a non-finite gradient so far"),
and after the first `_EACH` columns a point is written for every `_STRIDE`-th column and where a
count has changed; the largest norm is that of all columns since the point before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

import numpy as np

from gradaudit.columns import Column
from gradaudit.events import FROZEN, INF, NAN, NONE, OK, SKIPPED, STALE, ZERO, FloatArray
from gradaudit.findings import Finding, Severity
from gradaudit.sinks.wording import because, listed, place, seen
from gradaudit_tensorboard import wire

HISTOGRAM_EVERY: Final = 100
TEXT_TAG: Final = "gradaudit/findings/text_summary"
_EACH, _STRIDE = 500, 10
_MOST_FINDINGS, _MOST_NAMES, _MOST_TEXT = 50, 8, 2_000
_BUCKETS: Final = 64


class Scalars:
    """Counts columns, and says what to write of them."""

    def __init__(self) -> None:
        self._columns = 0
        self._nonfinite = self._missing = 0
        self._written: tuple[int, ...] | None = None
        self._largest = -math.inf
        self._point: list[tuple[str, float]] = []
        self.findings: tuple[Finding, ...] = ()
        """As they are; set from outside."""

    def of(self, column: Column) -> bytes | None:
        """The Summary for this column, None where none is due."""
        counts = np.bincount(column.status, minlength=256)
        bad, none = int(counts[NAN] + counts[INF]), int(counts[NONE])
        numbers = (
            int(counts[OK]), none, bad, int(counts[ZERO]), int(counts[STALE]),
            int(counts[FROZEN] + counts[SKIPPED]),
        )  # fmt: skip
        self._nonfinite += bad > 0
        self._missing += none > 0
        total, largest, smallest = sizes(column.norm)
        self._largest = max(self._largest, largest)
        names = ("ok", "none", "nonfinite", "zero", "stale", "frozen")
        self._point = [
            *((f"gradaudit/parameters_{n}", v) for n, v in zip(names, numbers, strict=True)),
            ("gradaudit/steps_with_nonfinite", self._nonfinite),
            ("gradaudit/steps_with_none", self._missing),
            ("gradaudit/norm_total", total),
            ("gradaudit/norm_largest", self._largest),
            ("gradaudit/norm_smallest", smallest),
        ]
        number, self._columns = self._columns, self._columns + 1
        if number >= _EACH and number % _STRIDE and numbers == self._written:
            return None
        self._written = numbers
        return self.latest()

    def latest(self) -> bytes:
        """The Summary for the column that came last; of findings alone if it was written."""
        point, self._point = self._point, []
        if point:
            self._largest = -math.inf
        loud = sum(one.severity is not Severity.INFO for one in self.findings)
        point += [
            ("gradaudit/findings", loud),
            ("gradaudit/steps_with_a_finding", steps_with_a_finding(self.findings)),
        ]
        return wire.scalars(point)


def sizes(norms: FloatArray) -> tuple[float, float, float]:
    """Total, largest and smallest norm; of those that are finite, the smallest of those above 0.

    NaN, -inf and NaN where there is none.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # some overflow, and the user may raise
        square = float(norms @ norms) if len(norms) else math.nan
        if not math.isfinite(square):
            norms = norms[np.isfinite(norms)]
            if not len(norms):
                return math.nan, -math.inf, math.nan
            square = float(norms @ norms)
    smallest = float(norms.min())
    if smallest <= 0.0:
        above = norms[norms > 0.0]
        smallest = float(above.min()) if len(above) else math.nan
    return math.sqrt(square), float(norms.max()), smallest


def steps_with_a_finding(findings: Iterable[Finding]) -> int:
    """In how many steps at least there was an error or a warning.

    A finding says how often, and between which steps: exact where that is each of them.
    """
    spans: list[tuple[int, int]] = []
    most = 0
    for one in findings:
        if one.severity is Severity.INFO:
            continue
        length = one.last_step - one.first_step + 1
        most = max(most, min(one.count, length))
        if one.count >= length:
            spans.append((one.first_step, one.last_step))
    covered, end = 0, -1
    for first, last in sorted(spans):
        covered += max(0, last - max(first, end + 1) + 1)
        end = max(end, last)
    return max(covered, most)


def histogram(norms: FloatArray) -> bytes | None:
    """A histogram of log2 of the norms that are finite and above 0, in octaves; None for none."""
    ordinary = norms[(norms > 0) & np.isfinite(norms)]
    if not len(ordinary):
        return None
    logs = np.log2(ordinary)
    low, high = math.floor(float(logs.min())), math.floor(float(logs.max())) + 1
    width = max(1, -(-(high - low) // _BUCKETS))
    limits = np.arange(low, high + width, width, dtype=np.float64)
    counts, _ = np.histogram(logs, limits)
    values = (float(logs.min()), float(logs.max()), float(len(logs)),
              float(logs.sum()), float(logs @ logs))  # fmt: skip
    # The first bucket of a histogram begins nowhere: an empty one says where.
    return wire.histogram(
        "gradaudit/log2_norms", limits.tolist(), [0.0, *counts.astype(float).tolist()], values
    )


# ---------------------------------------------------------------------- the text


def text(findings: Sequence[Finding], run: str) -> str:
    """All findings in Markdown, the most severe first. `run`: what TensorBoard calls this run."""
    if not findings:
        return "No findings so far."
    parts = [_finding(one, run) for one in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        parts.append(f"and {len(findings) - _MOST_FINDINGS} more, in the Grad Audit tab")
    return "\n\n---\n\n".join(parts)


def link(finding: Finding, run: str) -> str:
    """What comes after TensorBoard's address to open the tab on a finding."""
    run_part = f"&p.gradaudit.run={quote(run, safe='', errors='replace')}" if run else ""
    return f"#gradaudit{run_part}&p.gradaudit.finding={quote(finding.code, safe='')}"


def _finding(finding: Finding, run: str) -> str:
    code, cause = finding.code, finding.cause
    lines = [
        f"### {finding.severity.value.capitalize()}: {escaped(finding.name)} ({escaped(code)})",
        escaped(finding.message),
    ]
    if finding.parameters:
        names = [code_span(name) for name in finding.parameters[:_MOST_NAMES]]
        more = len(finding.parameters) - len(names)
        lines.append(f"**Parameters:** {listed(names, _MOST_NAMES)}"
                     + (f" and {more} more" if more else ""))  # fmt: skip
    lines.append(f"**Seen:** {seen(finding)}")
    if cause is not None:
        where = place(cause)
        at = f" at {code_span(where)}" if where is not None else ""
        lines.append(f"**Cause:** {escaped(because(cause))}{at}")
        if cause.source:
            lines.append(f"    {_one_line(cause.source)}")
    if finding.fix:
        lines.append(f"**Fix:** {escaped(finding.fix)}")
    lines.append(f"[Open it in the Grad Audit tab]({link(finding, run)})")
    return "\n\n".join(lines)


def _one_line(words: str) -> str:
    """Without control characters and line breaks, and not endless."""
    shown = "".join(c if c.isprintable() else " " for c in words[:_MOST_TEXT]).strip()
    return shown + (" ..." if len(words) > _MOST_TEXT else "")


def escaped(words: str) -> str:
    """Text of the user's that Markdown and HTML are to leave alone."""
    plain = _one_line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Backticks in messages of ours set names apart; those that are not in pairs are escaped.
    parts = plain.split("`")
    if len(parts) % 2 == 0:
        return _escape("`".join(parts))
    return "".join(
        _escape(part) if place % 2 == 0 else code_span(_unescaped(part))
        for place, part in enumerate(parts)
    )


def _escape(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+\-.!])", r"\\\1", words)


def _unescaped(words: str) -> str:
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def code_span(words: str) -> str:
    """Text of the user's as code; a fence longer than any run of backticks in it."""
    shown = _one_line(words)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


__all__ = ["HISTOGRAM_EVERY", "TEXT_TAG", "Scalars", "histogram", "link", "text"]
