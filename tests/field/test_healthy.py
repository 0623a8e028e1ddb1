"""Healthy programs of every kind: no error, no warning, no failure of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.forked import RunServer

PROGRAMS = sorted(Path(__file__).with_name("healthy").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_healthy_program_is_left_alone(program: Path, server: RunServer) -> None:
    """Nothing loud is said of it, and it ends as it would alone."""
    outcome = server.run(program)
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None
    failed = [f["message"] for f in outcome.report["findings"] if f["code"] == "GA901"]
    assert failed == []
    assert [(f["code"], f["severity"], f["message"]) for f in outcome.loud()] == []
