"""`gradaudit explain` on scripts: every read of a `.grad` that is None gets a true answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.explain.cases import differences, scripts
from tests.support.forked import RunServer


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.stem)
def test_each_read_gets_the_answer_that_stands_in_the_script(
    script: Path, server: RunServer
) -> None:
    """Line, name, reason, kind and line of the cause; and nothing else is told of."""
    outcome = server.run(script, verb="explain")
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None
    assert differences(script, outcome.report["explanations"]) == []
    assert "GA901" not in {f["code"] for f in outcome.report["findings"]}


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.stem)
def test_the_script_prints_what_it_prints_without_us(script: Path, server: RunServer) -> None:
    """Byte for byte; and warnings still name the script's own lines."""
    bare = subprocess.run(
        [sys.executable, script.name], cwd=script.parent, capture_output=True, text=True, check=True
    )
    outcome = server.run(script, verb="explain")
    assert outcome.stdout == bare.stdout
    assert outcome.stderr.startswith(bare.stderr)
