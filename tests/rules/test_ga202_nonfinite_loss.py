"""GA202: the loss itself is NaN or Inf."""

from __future__ import annotations

import pytest

from tests.rules.build import Run

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(("loss", "word"), [(NAN, "NaN"), (INF, "Inf"), (-INF, "Inf")])
def test_a_loss_that_is_no_number(loss: float, word: str) -> None:
    """An error that says where backward was called."""
    run = Run(2).turns(3, loss=1.0, loss_known=True).turn(loss=loss, loss_known=True, line=7)
    (finding,) = run.found("GA202")
    assert finding.severity.value == "error"
    assert finding.message == f"the loss is {word} at train.py:7"
    assert (finding.first_step, finding.count) == (3, 1)


def test_a_finite_loss_however_large() -> None:
    """Size is no business of this rule."""
    assert Run(2).turns(3, loss=1e300, loss_known=True).says("GA202") == []


def test_a_loss_that_was_not_read() -> None:
    """NaN is then only the absence of a number."""
    assert Run(2).turns(3, loss=NAN).says("GA202") == []


def test_a_scaled_loss_may_overflow() -> None:
    """Inf is how a scaler finds its scale; NaN no scale repairs."""
    assert Run(2).turn(loss=INF, loss_known=True, scaled=True).says("GA202") == []
    assert Run(2).turn(loss=NAN, loss_known=True, scaled=True).says("GA202") == [("error", ())]


def test_the_loop_noticed_by_itself() -> None:
    """Info where the gradients were cleared before any step; an error where the run ended."""
    run = Run(2).turn().backward(loss=NAN, loss_known=True).reset().turn()
    assert run.says("GA202") == [("info", ())]
    run.backward(loss=NAN, loss_known=True)
    assert run.says("GA202") == [("error", ()), ("info", ())]


def test_a_scaler_skips_the_step() -> None:
    """Info four times, an error from the fifth skip in a row on: no scale repairs NaN."""
    run = Run(2)
    for _ in range(4):
        run.backward(loss=NAN, loss_known=True, scaled=True).scaler_step(skipped=True).reset()
    assert run.says("GA202") == [("info", ())]
    run.backward(loss=NAN, loss_known=True, scaled=True).scaler_step(skipped=True).reset()
    assert run.says("GA202") == [("error", ()), ("info", ())]


def test_one_finding_for_each_line() -> None:
    """Two lines that call backward are two losses."""
    run = Run(2)
    for _ in range(3):
        run.turn(loss=NAN, loss_known=True, line=7).turn(loss=NAN, loss_known=True, line=8)
    assert [finding.count for finding in run.found("GA202")] == [3, 3]
