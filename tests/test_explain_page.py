"""docs/explain.md shows what is printed, and lists the reasons that there are."""

from __future__ import annotations

import re
from pathlib import Path

from gradaudit.tracing.explanation import REASONS
from tests.support.forked import RunServer

PAGE = (Path(__file__).parents[1] / "docs" / "explain.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
(SHOWN,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_first_example_is_answered_as_shown(tmp_path: Path, server: RunServer) -> None:
    """Word for word, after the warning that torch gives without us as well."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[0], encoding="utf-8")
    outcome = server.run(script, verb="explain")
    assert outcome.code == 0
    assert outcome.stderr.endswith(SHOWN)


def test_the_other_examples_hold(tmp_path: Path) -> None:
    """They assert by themselves what they show."""
    assert len(SCRIPTS) == 3
    for code in SCRIPTS[1:]:
        assert "assert" in code
        file = tmp_path / "example.py"
        file.write_text(code, encoding="utf-8")
        exec(compile(code, str(file), "exec"), {"__name__": "example"})


def test_every_reason_is_listed() -> None:
    """With the words of the code, in its order."""
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", PAGE, re.M)
    assert rows == list(REASONS.items())
