"""Reads what a script of this folder expects to be told: everything stands in the script itself.

    h = w.detach()  # AT a
    print(w.grad)  # WHY w not-reached detach a

`# WHY NAME REASON [KIND [LABEL]]`: this line's read of `NAME.grad` gives that reason, a cause of
that kind, and the line of the cause is one that ends in `# AT LABEL`. Several are separated by
semicolons. `-` for KIND: no cause. What is not marked must not be told of.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent
_WHY = re.compile(r"# WHY (.+)$")
_AT = re.compile(r"# AT (\w+)$")


class Told(NamedTuple):
    """One answer: the line of the read, and what is compared of it."""

    line: int
    tensor: str
    reason: str
    kind: str
    cause_lines: frozenset[int]


def scripts() -> list[Path]:
    """All of them, in order of their names."""
    skipped = ("__init__.py", "cases.py")
    return sorted(p for p in FOLDER.glob("*.py") if p.name not in skipped)


def expected(path: Path) -> list[Told]:
    """What stands in the script."""
    lines = path.read_text().splitlines()
    labels: dict[str, set[int]] = {}
    for number, line in enumerate(lines, 1):
        found = _AT.search(line)
        if found:
            labels.setdefault(found[1], set()).add(number)
    told: list[Told] = []
    for number, line in enumerate(lines, 1):
        found = _WHY.search(line)
        for one in found[1].split(";") if found else ():
            name, reason, *rest = one.split()
            kind = rest[0] if rest else "-"
            at = frozenset(labels[rest[1]]) if len(rest) > 1 else frozenset[int]()
            told.append(Told(number, name, reason, kind, at))
    return told


def differences(path: Path, answers: list[dict[str, Any]]) -> list[str]:
    """What was told otherwise than it stands in the script, in words."""
    wanted = expected(path)
    wrong: list[str] = []
    for answer in answers:
        cause = answer["cause"] or {"kind": "-", "line": None, "file": path.name}
        own = (answer["site"]["line"], answer["tensor"], answer["reason"], cause["kind"])
        match = next(
            (
                one
                for one in wanted
                if own == one[:4]
                and (not one.cause_lines or cause["line"] in one.cause_lines)
                and cause["file"] in (path.name, None)
            ),
            None,
        )
        if match is None:
            wrong.append(f"told: {own} at {cause['line']}")
        else:
            wanted.remove(match)
    return wrong + [f"not told: {one}" for one in wanted]
