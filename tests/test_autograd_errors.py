"""Errors of autograd, silent edits and growing graphs: which value, which line, and no alarm else.

The scripts and what is expected of each: `tests/errors` (see `cases.py` there).
"""

from __future__ import annotations

import gc
import traceback
import weakref
from typing import Any

import pytest
import torch

import gradaudit
from tests.errors.cases import Script, scripts
from tests.support.forked import RunServer

SCRIPTS = scripts()
ILL = [script for script in SCRIPTS if script.code]
HEALTHY = [script for script in SCRIPTS if not script.code]
KNOWN_MISSES = {}
"""Scripts whose verdict is not right yet, by name, and why: expected to fail, never skipped."""


def line_of(place: str | None) -> int | None:
    """Of "train.py:12": 12."""
    return None if place is None else int(place.rpartition(":")[2])


@pytest.mark.parametrize("script", ILL, ids=lambda script: script.name)
def test_the_value_and_the_line_are_named(
    script: Script, server: RunServer, request: pytest.FixtureRequest
) -> None:
    """One finding, of the right kind and line, and nothing else that is loud."""
    if script.name in KNOWN_MISSES:
        request.applymarker(pytest.mark.xfail(strict=True, reason=KNOWN_MISSES[script.name]))
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


@pytest.mark.slow
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


def broken_step(model: torch.nn.Module) -> tuple[RuntimeError, list[weakref.ref[Any]]]:
    """A training step that raises; the error, and what it computed with."""
    scale = torch.ones(4, requires_grad=True)  # lives as long as the graph
    h = torch.relu(model(torch.randn(3, 4)) * scale)
    h[0] = 0
    alive: list[weakref.ref[Any]] = [weakref.ref(h), weakref.ref(scale)]
    try:
        h.square().sum().backward()
    except RuntimeError as error:
        return error, alive
    raise AssertionError


@pytest.mark.parametrize("trace", ["auto", "off"])
def test_nothing_is_kept_alive_by_the_explanation(trace: Any) -> None:
    """Neither the value nor its graph, by way of the error or otherwise; the audit goes on."""
    model = torch.nn.Linear(4, 4)
    with gradaudit.watch(model, trace=trace, on_finding="silent") as audit:
        alive = broken_step(model)[1]  # the error, and the frames of its traceback, go at once
        gc.collect()
        value, leaf = (one() for one in alive)
        assert value is None
        assert leaf is None or trace == "auto"  # a trace may keep nodes, up to the next backward
        assert [finding.code for finding in audit.report().findings] == ["GA701"]


def test_the_error_is_the_one_that_was_raised() -> None:
    """Its text, its notes, its context and the frames of the program are what they are bare."""
    bare, _ = broken_step(torch.nn.Linear(4, 4))
    model = torch.nn.Linear(4, 4)
    with gradaudit.watch(model, on_finding="silent"):
        audited, _ = broken_step(model)
    assert (type(audited), str(audited)) == (type(bare), str(bare))
    assert audited.__context__ is None
    assert audited.__cause__ is None
    assert not hasattr(audited, "__notes__")
    frames = [
        [f.name for f in traceback.extract_tb(error.__traceback__) if f.filename == __file__]
        for error in (bare, audited)
    ]
    assert frames[0] == frames[1]
