"""Findings as strict JSON and back: no bare NaN, no bare Infinity, the keys of the contract.

[Note: Numbers that JSON has no word for] NaN, Infinity and -Infinity are written as the strings
"NaN", "Infinity" and "-Infinity": Python would write them bare, and no browser would read them.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import cast

import numpy as np

from gradaudit.findings import Cause, Finding, Json, Severity

WORDLESS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""See [Note: Numbers that JSON has no word for]."""


def strict_number(value: float) -> float | str:
    """A float as strict JSON holds it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def number(value: object) -> float:
    """The float that `strict_number` wrote.

    Raises:
        TypeError, ValueError: it is none.

    """
    if isinstance(value, str):
        if value not in WORDLESS:
            raise ValueError(f"expected a number, got {reprlib.repr(value)}")
        return WORDLESS[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise TypeError(f"expected a number, got {reprlib.repr(value)}")


def strict(value: object) -> Json:
    """Any value as strict JSON: numpy values as plain ones, what JSON cannot hold as its text."""
    if isinstance(value, np.generic):
        value = cast("object", value.item())
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return strict_number(value)
    if isinstance(value, np.ndarray):
        value = cast("object", value.tolist())
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {str(key): strict(one) for key, one in pairs}
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, (bytes, bytearray)):
        return [strict(one) for one in cast("Sequence[object]", value)]
    return str(value)


def cause_to_dict(cause: Cause | None) -> Json:
    """A cause as the contract has it; None stays None."""
    if cause is None:
        return None
    return {
        "kind": cause.kind,
        "op": cause.op,
        "file": cause.file,
        "line": cause.line,
        "function": cause.function,
        "module": cause.module,
        "certain": cause.certain,
    }


def finding_to_dict(finding: Finding) -> dict[str, Json]:
    """A finding as it stands in the report's JSON."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix,
        "parameters": list(finding.parameters),
        "model": finding.model,
        "optimizer": finding.optimizer,
        "rank": finding.rank,
        "cause": cause_to_dict(finding.cause),
        "first_step": finding.first_step,
        "last_step": finding.last_step,
        "count": finding.count,
        "evidence": strict(finding.evidence),
    }


def finding_from_dict(document: Mapping[str, Json]) -> Finding:
    """The finding that `finding_to_dict` wrote.

    In `evidence` the numbers that JSON has no word for stay strings; unknown keys are passed over.

    Raises:
        KeyError, TypeError, ValueError: it is none.

    """
    cause = None if document["cause"] is None else table(document["cause"])
    return Finding(
        code=text(document["code"]),
        name=text(document["name"]),
        severity=Severity(text(document["severity"])),
        message=text(document["message"]),
        fix=text(document["fix"]),
        parameters=texts(document["parameters"]),
        model=text_or_none(document["model"]),
        optimizer=text_or_none(document["optimizer"]),
        rank=whole(document["rank"]),
        cause=None
        if cause is None
        else Cause(
            kind=text(cause["kind"]),
            op=text_or_none(cause["op"]),
            file=text_or_none(cause["file"]),
            line=whole_or_none(cause["line"]),
            function=text_or_none(cause["function"]),
            module=text_or_none(cause["module"]),
            certain=bool(cause["certain"]),
        ),
        first_step=whole(document["first_step"]),
        last_step=whole(document["last_step"]),
        count=whole(document["count"]),
        evidence=MappingProxyType(table(document["evidence"])),
    )


def table(value: Json) -> dict[str, Json]:
    """A JSON object; TypeError for anything else."""
    if isinstance(value, dict):
        return value
    raise TypeError(f"expected an object, got {reprlib.repr(value)}")


def items(value: Json) -> list[Json]:
    """A JSON array; TypeError for anything else."""
    if isinstance(value, list):
        return value
    raise TypeError(f"expected a list, got {reprlib.repr(value)}")


def text(value: Json) -> str:
    """A JSON string; TypeError for anything else."""
    if isinstance(value, str):
        return value
    raise TypeError(f"expected a string, got {reprlib.repr(value)}")


def texts(value: Json) -> tuple[str, ...]:
    """A JSON array of strings; TypeError for anything else."""
    return tuple(text(one) for one in items(value))


def text_or_none(value: Json) -> str | None:
    """A JSON string or null; TypeError for anything else."""
    return None if value is None else text(value)


def whole(value: Json) -> int:
    """A whole JSON number; TypeError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"expected a whole number, got {reprlib.repr(value)}")


def whole_or_none(value: Json) -> int | None:
    """A whole JSON number or null; TypeError for anything else."""
    return None if value is None else whole(value)
