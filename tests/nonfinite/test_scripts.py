"""Scripts as users write them, each of which says itself what is to be found and where.

`Expect: CODE KIND OP [in FILE]` in the docstring; `# BORN` marks the line. `Expect: nothing`: no
error, no warning, and no cause either.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.forked import RunServer

FOLDER = Path(__file__).parent / "scripts"
SCRIPTS = sorted(FOLDER.glob("*.py"))
EXPECTED = re.compile(r"^Expect: (?:(GA\d{3}) ([a-z-]+) (\w+)(?: in (\S+))?|nothing)$", re.M)


@pytest.mark.parametrize("script", SCRIPTS, ids=[s.stem for s in SCRIPTS])
def test_what_the_script_says(script: Path, server: RunServer) -> None:
    """Code, kind, operation, file and line; every other finding of a value says the same."""
    expected = EXPECTED.search(script.read_text())
    assert expected is not None
    code, kind, op, file = expected.groups()
    outcome = server.run(script)
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None
    found = [f for f in outcome.report["findings"] if f["code"] in ("GA201", "GA202")]
    if code is None:
        assert outcome.loud() == []
        assert all(f["cause"] is None for f in found)
        return
    home = FOLDER / (file or script.name)
    (line,) = [n for n, text in enumerate(home.read_text().splitlines(), 1) if "# BORN" in text]
    assert code in {f["code"] for f in found}
    for one in found:
        cause = one["cause"]
        assert cause is not None, one["message"]
        assert (cause["kind"], cause["file"], cause["line"]) == (kind, file or script.name, line)
        assert op.lower() in cause["op"].lower()
    assert outcome.codes() <= {"GA201", "GA202", "GA206"}
