"""Reads what a script of this folder expects of its audit: everything stands in the script itself.

    # expect: GA101 detach: encoder.weight encoder.bias
    h = encoder(x).detach()  # CUT

`# expect: CODE KIND: PARAMETERS`: one finding. CODE and KIND may be alternatives ("a|b"), the first
being what one would write oneself; PARAMETERS must all be named by such findings. `# CUT` ends each
line that the cause may name: a decorator or its `def`, both ends of a re-wrap. No such mark: the
line is not compared. `@FILE` after the kind: the marks are in that file of the same folder; `#b`:
the marks are `# CUT b`. `# allow: CODES`: further errors and warnings that are true of the script;
`# exit: N`: its exit code; `# module: NAME`: run as `-m NAME`. A script without `# expect` is
healthy. Files called `lib_*.py` are helper modules of their neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_EXPECT = re.compile(r"^# expect: (\S+) ([\w|-]+)(?: @(\S+))?(?: #(\w+))?:(.*)$", re.M)
_HEADER = r"^# {}: (.+)$"


@dataclass(frozen=True)
class Expected:
    """One finding: accepted codes and cause kinds, and where the cause may point."""

    codes: frozenset[str]
    kinds: frozenset[str]
    parameters: tuple[str, ...]
    file: str
    lines: frozenset[int]


@dataclass(frozen=True)
class Script:
    """One script and the verdict on it; `name`: its path below the folder without the suffix."""

    name: str
    path: Path
    expected: tuple[Expected, ...]
    allow: frozenset[str]
    exit: int
    module: str | None


def _header(text: str, key: str) -> str:
    found = re.search(_HEADER.format(key), text, re.M)
    return found.group(1).strip() if found else ""


def _marked(path: Path, label: str) -> frozenset[int]:
    ending = "# CUT" + (f" {label}" if label else "")
    lines = path.read_text().splitlines()
    return frozenset(i for i, line in enumerate(lines, 1) if line.rstrip().endswith(ending))


def read(path: Path) -> Script:
    """The script at this path."""
    text = path.read_text()
    expected: list[Expected] = []
    for codes, kinds, file, label, names in _EXPECT.findall(text):
        target = path.with_name(file) if file else path
        lines = _marked(target, label)
        if file or label:
            assert lines, f"{path}: nothing is marked"
        split = (frozenset(codes.split("|")), frozenset(kinds.split("|")))
        expected.append(Expected(*split, tuple(names.split()), target.name, lines))
    assert len(expected) == text.count("# expect"), f"{path}: an expectation is misspelt"
    return Script(
        path.relative_to(FOLDER).with_suffix("").as_posix(),
        path,
        tuple(expected),
        frozenset(_header(text, "allow").split()),
        int(_header(text, "exit") or 0),
        _header(text, "module") or None,
    )


def scripts() -> list[Script]:
    """All of them, in order of their names."""
    paths = sorted(p for p in FOLDER.glob("*/*.py") if not p.name.startswith(("lib_", "__")))
    return [read(path) for path in paths]
