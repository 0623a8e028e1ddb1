"""The JSON documents of a log, with nothing taken on trust: every field has its type and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gradaudit.events import ParameterInfo
from gradaudit.findings import Finding, Json
from gradaudit.strict_json import finding_from_dict, items, table, text, whole
from gradaudit_tensorboard.format import FormatError, decode_document

MOST_PARAMETERS = 100_000
MOST_FINDINGS = 10_000
_LONGEST = 2_000
"""Characters of a name that are kept."""
_LARGEST = 2**53
"""Whole numbers beyond this are not exact in JavaScript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a log says of a parameter; the fields are those of `gradaudit.events.ParameterInfo`.

    `title`: what the page calls it, see `shown`.
    """

    name: str
    short: str = ""
    model: str = ""
    module: str = ""
    module_class: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    numel: int = 0
    kind: str = "parameter"
    title: str = ""

    @classmethod
    def of(cls, info: ParameterInfo) -> Parameter:
        """What an event says of it."""
        return cls(
            name=info.name,
            short=info.short,
            model=info.model,
            module=info.module,
            module_class=info.module_class,
            shape=info.shape,
            dtype=info.dtype,
            numel=info.numel,
            kind=info.kind,
        )

    @classmethod
    def unnamed(cls, index: int) -> Parameter:
        """Stands for one that blocks have and no schema."""
        return cls(name=f"parameter {index}", short=f"parameter {index}")

    def to_dict(self) -> dict[str, Json]:
        """As the page is told."""
        return {
            "name": self.title or self.name,
            "model": self.model,
            "module": self.module,
            "class": self.module_class,
            "shape": [*self.shape],
            "dtype": self.dtype,
            "numel": self.numel,
        }


def shown(parameters: Sequence[Parameter]) -> list[Parameter]:
    """The same, each with the title that is its name in reports.

    While only one model is audited, that is the name without the model's.
    """
    models = {one.model for one in parameters if one.kind == "parameter"}
    short = [one.short or one.name for one in parameters]
    if len(models) > 1 or len(set(short)) < len(short):
        short = [one.name for one in parameters]
    return [replace(one, title=name) for one, name in zip(parameters, short, strict=True)]


def parameters_in(data: bytes) -> list[Parameter]:
    """The parameters of a schema.

    Raises:
        FormatError: the document is damaged, or it is none.

    """
    document = decode_document(data)
    try:
        listed = items(document["parameters"])
        if len(listed) > MOST_PARAMETERS:
            raise ValueError(f"{len(listed)} of them")
        return [_parameter(table(one)) for one in listed]
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"a list of parameters is malformed ({_brief(error)})") from error


def findings_in(data: bytes) -> list[Finding]:
    """The findings of a document.

    Raises:
        FormatError: the document is damaged, or it is none.

    """
    document = decode_document(data)
    try:
        listed = items(document["findings"])[:MOST_FINDINGS]
        return [_finding(table(one)) for one in listed]
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"a list of findings is malformed ({_brief(error)})") from error


def _parameter(document: dict[str, Json]) -> Parameter:
    return Parameter(
        name=_name(document["name"]),
        short=_name(document.get("short", "")),
        model=_name(document.get("model", "")),
        module=_name(document.get("module", "")),
        module_class=_name(document.get("class", "")),
        shape=tuple(_number(one) for one in items(document.get("shape", []))[:64]),
        dtype=_name(document.get("dtype", "")),
        numel=_number(document.get("numel", 0)),
        kind=_name(document.get("kind", "parameter")),
    )


def _finding(document: dict[str, Json]) -> Finding:
    finding = finding_from_dict(document)
    numbers = (finding.first_step, finding.last_step, finding.count, finding.rank)
    for number in (*numbers, 0 if finding.cause is None else finding.cause.line):
        _number(number)
    return finding


def _name(value: Json) -> str:
    return text(value)[:_LONGEST]


def _number(value: Json) -> int:
    number = whole(0 if value is None else value)
    if not -_LARGEST <= number <= _LARGEST:
        raise ValueError("a number that is too large")
    return number


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
