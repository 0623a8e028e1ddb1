"""Errors of autograd, silent edits and growing graphs: which value, which line, and no alarm else.

The scripts and what is expected of each: `tests/errors` (see `cases.py` there).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.errors.cases import Script, scripts
from tests.support.forked import RunServer

SCRIPTS = scripts()
ILL = [script for script in SCRIPTS if script.code]
HEALTHY = [script for script in SCRIPTS if not script.code]


def line_of(place: str | None) -> int | None:
    """Of "train.py:12": 12."""
    return None if place is None else int(place.rpartition(":")[2])


@pytest.mark.parametrize("script", ILL, ids=lambda script: script.name)
def test_the_value_and_the_line_are_named(script: Script, server: RunServer) -> None:
    """One finding, of the right kind and line, and nothing else that is loud."""
    outcome = server.run(script.path)
    assert outcome.code == script.exit, outcome.stderr
    assert outcome.codes() == {script.code}
    (finding,) = [f for f in outcome.loud() if f["code"] == script.code]
    cause: dict[str, Any] = finding["cause"]
    assert (cause["kind"], cause["line"] in script.here) == (script.kind, True), cause
    assert cause["certain"] == script.certain
    assert cause["file"] == script.path.name
    evidence = finding["evidence"]
    if script.saved:
        assert line_of(evidence["saved_at"]) in script.saved
    if script.tensor:
        assert f"`{script.tensor}`" in finding["message"]
    if script.parameters:
        assert len(finding["parameters"]) == int(script.parameters)


@pytest.mark.parametrize("script", HEALTHY, ids=lambda script: script.name)
def test_healthy_programs_are_left_alone(script: Script, server: RunServer) -> None:
    """No error, no warning, and nothing at all of GA7xx."""
    outcome = server.run(script.path)
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None
    found = outcome.report["findings"]
    assert [f for f in found if f["severity"] != "info" or f["code"][:3] in ("GA7", "GA9")] == []


def test_there_are_enough_of_each() -> None:
    """Six scripts for each code, and as many healthy ones for each of the silent kinds."""
    for code in ("GA701", "GA702", "GA703", "GA704", "GA705"):
        assert len([script for script in ILL if script.code == code]) >= 6
    assert len(HEALTHY) >= 60
