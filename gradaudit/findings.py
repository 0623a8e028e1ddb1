"""WHAT IS WRONG: findings, and the words of the contract they are made of."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from gradaudit.causes import CAUSE_KINDS, Cause

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Anything that fits into a JSON document."""

EMPTY: Mapping[str, Json] = MappingProxyType({})


class Severity(StrEnum):
    """How sure and how bad: see docs/rules/index.md."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return ("info", "warning", "error").index(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says: plain numbers, parameters as indices (see events, [Note: Parameter index]).

    Verdicts of one rule with the same `key` are one finding: parameters are joined, steps
    counted. `first_step`, `last_step` and `count` are given by rules that keep count themselves
    (their verdict replaces the earlier one of the same key); None: the auditor counts.
    """

    severity: Severity
    message: str
    fix: str
    parameters: tuple[int, ...] = ()
    optimizer: int | None = None
    cause: Cause | None = None
    key: Hashable = None
    evidence: Mapping[str, Json] = field(default_factory=lambda: EMPTY)
    first_step: int | None = None
    last_step: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found, as the reports give it.

    `parameters`: every qualified name, in the model's order; `model`, `optimizer`: names, None
    where it concerns no single one; `rank`: of the process; `first_step`, `last_step`: see
    events, [Note: Steps]; `count`: number of steps (or backwards) in which it was seen.
    """

    code: str
    name: str
    severity: Severity
    message: str
    fix: str
    parameters: tuple[str, ...] = ()
    model: str | None = None
    optimizer: str | None = None
    rank: int = 0
    cause: Cause | None = None
    first_step: int = 0
    last_step: int = 0
    count: int = 1
    evidence: Mapping[str, Json] = field(default_factory=lambda: EMPTY)

    def __str__(self) -> str:
        where = ""
        if self.cause is not None and self.cause.file is not None:
            where = f" ({self.cause.file}:{self.cause.line})"
        return f"{self.code} {self.name}: {self.message}{where}"


__all__ = [
    "CAUSE_KINDS",
    "Cause",
    "Finding",
    "Json",
    "Severity",
    "Verdict",
]
