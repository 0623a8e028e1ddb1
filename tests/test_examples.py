"""Every example runs as it stands, in a process of its own, and its own assertions hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONGEST = 120
"""Seconds. An example is to take less than 20; where it shares a processor, it takes longer."""


QUICK = ("broken_then_found", "plain_loop", "why_no_gradient")
"""The others wait for the slow run: a framework takes five seconds to import."""


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in QUICK else pytest.mark.slow)
        for path in EXAMPLES
    ],
)
def test_an_example_ends_well(example: Path) -> None:
    """With exit code 0, and with words about what it has shown."""
    done = subprocess.run(
        [sys.executable, str(example.relative_to(ROOT))],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gradaudit" in done.stdout + done.stderr or "GA" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 200


def test_each_example_says_what_it_shows_and_checks_it() -> None:
    """A docstring at the top, and an assertion at least."""
    assert len(EXAMPLES) >= 6
    for example in EXAMPLES:
        source = example.read_text(encoding="utf-8")
        assert source.startswith('"""'), example
        assert re.search(r"^\s*assert ", source, re.MULTILINE), example
