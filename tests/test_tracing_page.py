"""What docs/tracing.md says of each kind of cause is so: its examples are run, and looked up."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from gradaudit.causes import CAUSE_KINDS
from tests.support.forked import RunServer

PAGE = (Path(__file__).parents[1] / "docs" / "tracing.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^<!-- finds: (GA\d{3})([^>]*) -->\n```python\n(.*?)^```$", re.M | re.S)
LOOP = re.compile(r"^<!-- the loop -->\n```python\n(.*?)^```$", re.M | re.S)
MARK = "# this line"


@dataclass(frozen=True)
class Example:
    """A block below the heading of `kind`; `remark`: what the comment before it says besides."""

    kind: str
    code: str
    remark: str
    block: str

    def script(self) -> str:
        """The block in its place in the loop of the page."""
        (loop,) = LOOP.findall(PAGE)
        if ".backward()" in self.block:
            loop = re.sub(r"^    loss\.backward\(\).*\n", "", loop, flags=re.M)
        return loop.replace("    ...\n", textwrap.indent(self.block, "    "))

    def line(self) -> int | None:
        """The marked line of the script; None where the page marks none."""
        lines = self.script().splitlines()
        return next((n for n, text in enumerate(lines, 1) if MARK in text), None)


def _sections() -> dict[str, str]:
    parts = re.split(r"^### `([a-z-]+)`$", PAGE, flags=re.M)
    bodies = [re.split(r"^## ", body, flags=re.M)[0] for body in parts[2::2]]
    return dict(zip(parts[1::2], bodies, strict=True))


EXAMPLES = [
    Example(kind, *found) for kind, body in _sections().items() for found in EXAMPLE.findall(body)
]


def test_every_kind_is_explained_once_and_by_example() -> None:
    """A heading for each kind of the contract, in its order; 2 to 8 lines for each example."""
    assert tuple(_sections()) == CAUSE_KINDS
    assert len(re.findall(r"^### ", PAGE, re.M)) == len(CAUSE_KINDS)
    assert {example.kind for example in EXAMPLES} == set(CAUSE_KINDS)
    assert len(EXAMPLES) == PAGE.count("```python") - 1
    for example in EXAMPLES:
        assert 2 <= len(example.block.splitlines()) <= 8
        assert example.block.count(MARK) <= 1


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.kind}-{e.code}")
def test_the_cause_is_of_this_kind_and_at_this_line(
    example: Example, server: RunServer, tmp_path: Path
) -> None:
    """Every loud finding of that code has it, and there is one at least."""
    file = tmp_path / "train.py"
    file.write_text(example.script(), encoding="utf-8")
    traced = "without a trace" not in example.remark
    outcome = server.run(file, *([] if traced else ["--trace", "off"]))
    assert outcome.report is not None, outcome.stderr
    causes = [f["cause"] for f in outcome.loud() if f["code"] == example.code]
    assert causes
    for cause in causes:
        if not traced:
            assert cause is None
            continue
        assert cause["kind"] == example.kind
        assert cause["line"] == example.line()
        assert cause["file"] == (None if example.line() is None else "train.py")
        assert cause["certain"] is ("not certain" not in example.remark)


def test_links_lead_somewhere() -> None:
    """Those to other pages."""
    links = set(re.findall(r"\]\(([^):#]+\.md)\)", PAGE))
    assert links
    assert all((Path(__file__).parents[1] / "docs" / link).exists() for link in links)
