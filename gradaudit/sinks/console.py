"""The report on a console: readable without colour, at 80 columns, and in ASCII."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Hashable, Iterator
from typing import IO, cast

# rich draws from Python's random numbers when it is imported; training must not notice.
_random_state = random.getstate()
from rich.console import Console  # noqa: E402  (the line above has to come first)
from rich.text import Text  # noqa: E402

random.setstate(_random_state)

from gradaudit.findings import Finding, Severity  # noqa: E402
from gradaudit.report import Report  # noqa: E402
from gradaudit.sinks.wording import (  # noqa: E402
    because,
    headline,
    listed,
    members,
    ordered,
    place,
    seen,
)

PLAIN_WIDTH = 80
WIDEST = 100
"""Columns; longer lines are harder to read, however wide the terminal."""
MOST_INFOS = 60
MOST_GROUPS = 12
MOST_RANKS = 8
_LABEL = 14
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "cyan"}


class ConsoleReport:
    """Renders a report to a stream (None: what `sys.stderr` is at that moment).

    `width` in columns; None: that of the terminal up to 100, or 80 where there is no terminal.
    Colours only on a terminal, and as NO_COLOR and FORCE_COLOR say. A character that the stream's
    encoding does not have is written as its escape.
    """

    def __init__(self, stream: IO[str] | None = None, *, width: int | None = None) -> None:
        self._stream = stream
        self._width = width

    def render(self, report: Report) -> None:
        """Write the whole report."""
        stream = sys.stderr if self._stream is None else self._stream
        file = cast("IO[str]", _Escaping(stream))
        console = Console(file=file, force_jupyter=False, highlight=False)
        width = self._width
        if width is None:
            width = min(console.width, WIDEST) if console.is_terminal else PLAIN_WIDTH
        console.width = width
        _write(report, console)
        stream.flush()


def plain_text(report: Report, width: int = PLAIN_WIDTH) -> str:
    """The report without colour, its last line without a line break."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, color_system=None, force_terminal=False, force_jupyter=False
    )
    _write(report, console)
    return stream.getvalue().rstrip("\n")


class _Escaping:
    """A stream that writes what its encoding lacks as escapes, and is `stream` in all else."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def __getattr__(self, name: str) -> object:
        if name == "rich_proxied_file":
            # A progress bar of rich's has put its proxy here; a Console would go past it.
            raise AttributeError(name)
        return cast("object", getattr(self._stream, name))


def _write(report: Report, console: Console) -> None:
    for line in _lines(report, console):
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)


def _lines(report: Report, console: Console) -> Iterator[Text]:
    worst = report.worst
    yield Text(headline(report), "bold" if worst is None else _STYLES[worst])
    told = _by_rank(ordered(report.findings))
    several = report.rank > 0 or len({one.rank for one in report.findings}) > 1
    for finding, ranks in told:
        if finding.severity is not Severity.INFO:
            yield Text()
            yield from _block(finding, ranks if several else [], report, console)
    infos = [pair for pair in told if pair[0].severity is Severity.INFO]
    if infos:
        yield Text()
    for finding, ranks in infos[:MOST_INFOS]:
        yield _compact(finding, ranks if several else [], report, console.width)
    if len(infos) > MOST_INFOS:
        yield Text(f"info     and {len(infos) - MOST_INFOS} more")


def _by_rank(findings: list[Finding]) -> list[tuple[Finding, list[int]]]:
    """What several ranks found alike once, with these ranks: there may be thousands of them."""
    told: dict[Hashable, tuple[Finding, list[int]]] = {}
    for number, one in enumerate(findings):
        alike = (one.code, one.severity, one.message, one.parameters, one.model, one.optimizer)
        _, ranks = told.setdefault((*alike, one.cause), (one, []))
        if one.rank in ranks:
            told[number] = (one, [one.rank])
        else:
            ranks.append(one.rank)
    return list(told.values())


def _ranks(ranks: list[int]) -> str:
    return f"{'rank' if len(ranks) == 1 else 'ranks'} {listed(ranks, MOST_RANKS)}"


def _block(finding: Finding, ranks: list[int], report: Report, console: Console) -> Iterator[Text]:
    """A finding in full."""
    head = Text(f"{finding.severity.value:<9}", _STYLES[finding.severity])
    head.append(f"{finding.code} {finding.name}", "bold")
    owners = [
        f"{word} {value}"
        for word, value in (("model", finding.model), ("optimizer", finding.optimizer))
        if value
    ]
    if ranks:
        owners.append(_ranks(ranks))
    if owners:
        head.append(_printable(f"  ({', '.join(owners)})"), "default")
    yield head
    for label, value in _entries(finding, report):
        lines = Text(_printable(value)).wrap(console, max(console.width - _LABEL, 20))
        for count, line in enumerate(lines):
            yield Text.assemble((f"  {'' if count else label:<{_LABEL - 2}}", "dim"), line)


def _entries(finding: Finding, report: Report) -> Iterator[tuple[str, str]]:
    yield "what", finding.message
    cause = finding.cause
    where = None if cause is None else place(cause)
    if where is not None:
        yield "where", where
        source = finding.evidence.get("source")
        if isinstance(source, str) and source.strip():
            yield "", source.strip()
    if finding.parameters:
        yield "parameters", listed(members(finding, report), MOST_GROUPS)
    yield "seen", seen(finding)
    if cause is not None:
        yield "cause", because(cause)
    if finding.fix:
        yield "fix", finding.fix


def _compact(finding: Finding, ranks: list[int], report: Report, width: int) -> Text:
    """A finding on one line, cut at a word."""
    rank = f" ({_ranks(ranks)})" if ranks else ""
    names = f" {listed(members(finding, report), 1)}:" if finding.parameters else ""
    line = Text.assemble(
        (f"{Severity.INFO.value:<9}", _STYLES[Severity.INFO]),
        (finding.code, "bold"),
        _printable(f"{rank}{names} {finding.message}"),
    )
    if line.cell_len > width:
        line.truncate(width - 3)
        last = line.plain.rstrip().rfind(" ")
        if last > width // 2:
            line.truncate(last)
        line.rstrip()
        line.append("...")
    return line


def _printable(text: str) -> str:
    """The text on one line, control characters as escapes."""
    joined = " ".join(text.split("\n"))
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii")
        for one in joined.replace("\t", " ").replace("\r", "")
    )
