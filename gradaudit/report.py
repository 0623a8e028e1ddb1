"""ALL THAT WAS FOUND: the result of a run, as text and as strict JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from gradaudit.errors import UsageError
from gradaudit.findings import Finding, Json, Severity
from gradaudit.strict_json import (
    finding_from_dict,
    finding_to_dict,
    items,
    table,
    text,
    text_or_none,
    texts,
    whole,
    whole_or_none,
)

if TYPE_CHECKING:
    from gradaudit.recorder import Grid

SCHEMA = "gradaudit/1"
_NO_STATUSES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found, and in how much training.

    `findings`: in the order in which they were made; `backwards`, `steps`: how many there were;
    `parameters`: qualified names of all audited parameters, in the model's order; `models`: the
    model of each of them; `statuses`: name -> status after the last backward (events.Status);
    `gradaudit`, `torch`: versions; `command`: the script and its arguments, empty where none is
    known; `exit_code`, `exception`: how the script ended, None where it did not or was none;
    `rank`: of the process, the lowest one of a combined report;
    `unnamed`: number of audited parameters whose names are not known (the JSON does not hold
    them, so a report that was read from it has only their number);
    `grids`: the columns of the run, one grid for each rank, lowest rank first, none where no step
    was seen or the report was read from JSON.
    """

    findings: tuple[Finding, ...]
    backwards: int
    steps: int
    parameters: tuple[str, ...]
    models: tuple[str, ...]
    statuses: Mapping[str, str] = field(default_factory=lambda: _NO_STATUSES)
    gradaudit: str
    torch: str
    command: tuple[str, ...] = ()
    exit_code: int | None = None
    exception: str | None = None
    rank: int = 0
    unnamed: int = 0
    grids: tuple[Grid, ...] = field(default=(), compare=False, repr=False)

    @property
    def grid(self) -> Grid | None:
        """The columns of the lowest rank; None where there are none."""
        return self.grids[0] if self.grids else None

    @property
    def counts(self) -> dict[str, Json]:
        """Numbers of backwards, steps and parameters, and of findings by severity."""
        return {
            "backwards": self.backwards,
            "steps": self.steps,
            "parameters": len(self.parameters) + self.unnamed,
            "findings": {
                severity.value: self.count(severity)
                for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
            },
        }

    def count(self, severity: Severity) -> int:
        """Number of findings of this severity."""
        return sum(one.severity is severity for one in self.findings)

    @property
    def worst(self) -> Severity | None:
        """The highest severity among the findings; None where there are none."""
        return max((one.severity for one in self.findings), key=_rank, default=None)

    def reaches(self, threshold: str | None) -> bool:
        """Whether a finding is at least as severe as `threshold`; never for None."""
        worst = self.worst
        if threshold is None or worst is None:
            return False
        return worst.rank >= Severity(threshold).rank

    def known_names(self, model: str | None) -> tuple[str, ...]:
        """The audited parameters of one model (None: of all), in the model's order."""
        pairs = zip(self.parameters, self.models, strict=True)
        return tuple(name for name, its_model in pairs if model in (None, its_model))

    def to_dict(self) -> dict[str, Json]:
        """The report with the keys of schema "gradaudit/1"; NaN and Infinity are strings in it."""
        return {
            "schema": SCHEMA,
            "gradaudit": self.gradaudit,
            "torch": self.torch,
            "command": list(self.command),
            "exit": {"code": self.exit_code, "exception": self.exception},
            "counts": self.counts,
            "findings": [finding_to_dict(one) for one in self.findings],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as strict JSON text."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_html(self) -> str:
        """The report as one HTML file with all that it needs inside; a browser opens it offline.

        It shows the findings, and the heat map of the run where `grids` has it.
        """
        from gradaudit.html import page  # late: a report is data before it is a page

        return page(self)

    @classmethod
    def from_json(cls, document: str) -> Report:
        """The report that `to_json` wrote. Keys of newer versions are passed over.

        The JSON holds neither statuses nor the names of healthy parameters: see `unnamed`.

        Raises:
            UsageError: the text is no such report.

        """
        try:
            return _from_table(table(cast("Json", json.loads(document))))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"expected the JSON of a report with schema {SCHEMA!r}, got text that is none "
                f"({type(error).__name__}: {error}); write one with `gradaudit run --json FILE`."
            ) from error

    @classmethod
    def combined(cls, reports: Iterable[Report]) -> Report:
        """The reports of several ranks as one.

        Findings keep their rank, and alike ones of several ranks stay apart. Steps and backwards
        are those of the rank that had most; a status is that of the first rank that says other
        than "ok"; the exit is that of the first rank that failed.

        Raises:
            UsageError: there is no report at all.

        """
        ranks = sorted(reports, key=lambda one: one.rank)
        if not ranks:
            raise UsageError("expected the report of one rank at least, got none.")
        if len(ranks) == 1:
            return ranks[0]
        named: dict[tuple[str, str], None] = {}
        statuses: dict[str, str] = {}
        for one in ranks:
            named.update(dict.fromkeys(zip(one.parameters, one.models, strict=True)))
            for name, status in one.statuses.items():
                if statuses.get(name, "ok") == "ok":
                    statuses[name] = status
        ended = next((one for one in ranks if one.exit_code or one.exception), ranks[0])
        return cls(
            findings=tuple(finding for one in ranks for finding in one.findings),
            backwards=max(one.backwards for one in ranks),
            steps=max(one.steps for one in ranks),
            parameters=tuple(name for name, _ in named),
            models=tuple(model for _, model in named),
            statuses=MappingProxyType(statuses),
            gradaudit=ranks[0].gradaudit,
            torch=ranks[0].torch,
            command=ranks[0].command,
            exit_code=ended.exit_code,
            exception=ended.exception,
            rank=ranks[0].rank,
            unnamed=max(one.unnamed for one in ranks),
            grids=tuple(grid for one in ranks for grid in one.grids),
        )

    def __str__(self) -> str:
        from gradaudit.sinks.console import plain_text  # late: a report is data before it is text

        return plain_text(self)


def _rank(severity: Severity) -> int:
    return severity.rank


def _from_table(document: dict[str, Json]) -> Report:
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']!r}")
    counts = table(document["counts"])
    ended = table(document["exit"])
    findings = tuple(finding_from_dict(table(one)) for one in items(document["findings"]))
    return Report(
        findings=findings,
        backwards=whole(counts["backwards"]),
        steps=whole(counts["steps"]),
        parameters=(),
        models=(),
        gradaudit=text(document["gradaudit"]),
        torch=text(document["torch"]),
        command=texts(document["command"]),
        exit_code=whole_or_none(ended["code"]),
        exception=text_or_none(ended["exception"]),
        rank=min((one.rank for one in findings), default=0),
        unnamed=whole(counts["parameters"]),
    )
