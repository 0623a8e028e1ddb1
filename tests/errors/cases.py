"""Reads what a script of this folder expects of its audit: everything stands in the script itself.

    # expect: GA701 inplace-edit
    h[:, 0] = 0.0  # HERE

`# expect: CODE KIND`: one finding of this code, with a cause of this kind, and no other error or
warning. `# HERE` ends the line that the cause names, `# SAVED` the line of the operation that had
saved the value. `# tensor: NAME`: what the finding calls it; `# parameters: N`: how many it names;
`# certain: no`: the cause is not;
`# exit: N`: the script's exit code. A script without
`# expect` is healthy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Script:
    """One script and the verdict on it."""

    path: Path
    code: str
    kind: str
    here: frozenset[int]
    saved: frozenset[int]
    tensor: str
    parameters: str
    certain: bool
    exit: int

    @property
    def name(self) -> str:
        """Its file, without the suffix."""
        return self.path.stem


def _header(text: str, key: str) -> str:
    found = re.search(rf"^# {key}: (.+)$", text, re.M)
    return found.group(1).strip() if found else ""


def _marked(text: str, mark: str) -> frozenset[int]:
    lines = text.splitlines()
    return frozenset(i for i, line in enumerate(lines, 1) if line.rstrip().endswith(f"# {mark}"))


def read(path: Path) -> Script:
    """The script in this file."""
    text = path.read_text(encoding="utf-8")
    code, _, kind = _header(text, "expect").partition(" ")
    return Script(
        path=path,
        code=code,
        kind=kind,
        here=_marked(text, "HERE"),
        saved=_marked(text, "SAVED"),
        tensor=_header(text, "tensor"),
        parameters=_header(text, "parameters"),
        certain=_header(text, "certain") != "no",
        exit=int(_header(text, "exit") or 0),
    )


def scripts() -> list[Script]:
    """All of them, by name."""
    names = ("cases.py", "__init__.py")
    return [read(path) for path in sorted(FOLDER.glob("*.py")) if path.name not in names]
