"""Healthy programs that tempt the tracer: values cut on purpose, edited rightly, held rightly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import Outcome, RunServer

PROGRAMS = sorted(Path(__file__).with_name("healthy_traced").glob("*.py"))
CUTS = frozenset((
    "unused-module", "unused-output", "detach", "data-attribute", "no-grad-region",
    "inference-mode", "non-differentiable-op", "rewrapped-value", "reentrant-checkpoint",
    "custom-function", "requires-grad-off", "replaced-parameter", "unregistered-leaf",
))  # fmt: skip
KNOWN_ALARMS: dict[str, str] = {}
"""Programs that something is said of all the same, by name, and why: expected to fail."""


def _params(known: dict[str, str], programs: list[Path]) -> list[object]:
    return [
        pytest.param(
            one,
            id=one.stem,
            marks=[pytest.mark.xfail(reason=known[one.stem], strict=True)]
            if one.stem in known
            else [],
        )
        for one in programs
    ]


def _left_alone(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None
    assert outcome.report["counts"]["backwards"] + outcome.report["counts"]["steps"] > 0
    said = [
        (f["code"], f["severity"], f["message"], (f["cause"] or {}).get("kind"))
        for f in outcome.report["findings"]
        if f["severity"] != "info"
        or f["code"].startswith(("GA7", "GA9"))
        or (f["cause"] or {}).get("kind") in CUTS
    ]
    assert said == []


@pytest.mark.slow
@pytest.mark.parametrize("program", _params(KNOWN_ALARMS, PROGRAMS))
def test_a_program_that_cuts_on_purpose_is_left_alone(program: Path, server: RunServer) -> None:
    """Nothing loud, nothing cut, no failure of ours; it prints what it would print alone."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    alone = subprocess.run(
        [sys.executable, str(program)], cwd=program.parent, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    outcome = server.run(program)
    assert (outcome.code, outcome.stdout) == (alone.returncode, alone.stdout)
    _left_alone(outcome)


@pytest.mark.slow
@pytest.mark.parametrize("program", _params(KNOWN_ALARMS, PROGRAMS))
def test_a_program_is_left_alone_with_every_step_traced(program: Path, server: RunServer) -> None:
    """Each of its steps is traced, and still nothing is said."""
    _left_alone(server.run(program, "--trace", "always"))
