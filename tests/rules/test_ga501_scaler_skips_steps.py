"""GA501: a gradient scaler skipped many steps in a row."""

from __future__ import annotations

from gradaudit.events import Status
from tests.rules.build import Run


def run(*skipped: bool) -> Run:
    """One loop turn each."""
    loop = Run(2)
    for one in skipped:
        status = Status.INF if one else Status.OK
        loop.backward(status=status).scaler_step(skipped=one, scale=64.0).reset()
    return loop


def test_five_in_a_row() -> None:
    """Four are how a scaler finds its scale."""
    assert run(*[True] * 4).says("GA501") == []
    assert run(*[True] * 5).says("GA501") == [("warning", ())]


def test_the_row_is_counted_on() -> None:
    """One finding, told once."""
    loop = run(*[True] * 8)
    (finding,) = loop.found("GA501")
    assert (finding.count, dict(finding.evidence)) == (8, {"skips": 8, "scale": 64.0})
    assert loop.told("GA501") == ["warning"]


def test_a_step_ends_the_row() -> None:
    """Four, a step, four."""
    assert run(*[True] * 4, False, *[True] * 4).says("GA501") == []


def test_a_scaler_that_steps() -> None:
    """Nothing to say."""
    assert run(*[False] * 8).report().findings == ()
