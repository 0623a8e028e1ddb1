"""GA201: NaN or Inf in a gradient."""

from __future__ import annotations

from gradaudit.events import Status
from tests.rules.build import Run

NAN = {1: Status.NAN}


def test_a_step_used_it() -> None:
    """An error that names the line of the backward, and is counted step by step."""
    run = Run(3).turn().backward(status=NAN, line=7).step()
    assert run.says("GA201") == [("error", ("b.weight",))]
    (finding,) = run.found("GA201")
    assert "NaN in the gradient of `b.weight` at train.py:7" in finding.message
    assert (finding.first_step, finding.last_step, finding.count) == (1, 1, 1)


def test_the_first_ones_are_named() -> None:
    """One step later everything is NaN; the finding still names where it began."""
    run = Run(3).turn(status=NAN).turns(4, status=Status.NAN)
    assert run.says("GA201") == [("error", ("b.weight",))]
    assert run.found("GA201")[0].count == 5
    assert run.told("GA201") == ["error"]


def test_infinity_is_called_by_its_name() -> None:
    """Inf, and NaN and Inf where both are there."""
    assert "Inf in" in Run(3).turn(status={0: Status.INF}).found("GA201")[0].message
    both = Run(3).turn(status={0: Status.INF, 1: Status.NAN}).found("GA201")[0]
    assert "NaN and Inf in" in both.message


def test_a_scaler_skips_it() -> None:
    """Info while the scale is looked for; a warning from the fifth skip in a row on."""
    run = Run(3)
    for _ in range(4):
        run.backward(status=NAN).scaler_step(skipped=True).reset()
    assert run.says("GA201") == [("info", ("b.weight",))]
    run.backward(status=NAN).scaler_step(skipped=True).reset()
    assert run.says("GA201") == [("warning", ("b.weight",))]
    assert run.told("GA201") == ["info", "warning"]


def test_a_step_between_skips_begins_anew() -> None:
    """Four, a step, four: never five in a row."""
    run = Run(3)
    for skipped in (*[True] * 4, False, *[True] * 4):
        status = NAN if skipped else Status.OK
        run.backward(status=status).scaler_step(skipped=skipped).reset()
    assert [severity for severity, _ in run.says("GA201")] == ["info"]


def test_cleared_or_left_over() -> None:
    """Info when it was thrown away before a step; a warning when the run ends with it."""
    run = Run(3).turn().backward(status=NAN).reset().turn()
    assert run.says("GA201") == [("info", ("b.weight",))]
    run = Run(3).turn().backward(status=NAN)
    assert run.says("GA201") == [("warning", ("b.weight",))]
