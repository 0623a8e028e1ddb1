"""GA202: the loss itself is NaN or Inf."""

from __future__ import annotations

import pytest

from gradaudit.events import FrontierFound, TraceRecorded
from gradaudit.findings import Cause
from tests.rules.build import Run, at, indices

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


BORN = Cause("nonfinite-op", "torch.log", "net.py", 12, "forward")


def trace(run: Run, birth: Cause | None) -> Run:
    """The backward that comes next was traced."""
    n = len(run.names)
    return run.feed(
        TraceRecorded(
            step=run.steps, backward=run.backwards, site=at(10), used=run.mask(range(n)),
            depends=run.mask(range(n)), reached=run.mask(range(n)), cause_of=indices([-1] * n),
            birth=birth, birth_value="nan" if birth else "",
        )
    )  # fmt: skip


def test_the_birth_in_the_forward() -> None:
    """Its line, and one finding however often it comes."""
    run = trace(Run(2), BORN).turns(3, loss=NAN, loss_known=True)
    (finding,) = run.found("GA202")
    assert finding.cause == BORN
    assert "NaN was born in torch.log at net.py:12" in finding.message
    assert finding.count == 3


def test_saved_values_told_it_without_a_trace() -> None:
    """The event comes after the backward and before the step."""
    run = Run(2).turn().backward(loss=NAN, loss_known=True)
    run.feed(FrontierFound(step=run.steps, backward=run.backwards - 1, cause=BORN)).step()
    (finding,) = run.found("GA202")
    assert finding.cause == BORN
    assert finding.message.endswith("was born in torch.log at net.py:12")


def test_it_comes_again_after_a_batch_that_was_left_out() -> None:
    """The cause is told later, and the finding counted once for each loss."""
    run = Run(2).turn().backward(loss=NAN, loss_known=True).reset()
    assert run.found("GA202")[0].cause is None
    trace(run, BORN).backward(loss=NAN, loss_known=True).reset().turn()
    (finding,) = run.found("GA202")
    assert (finding.cause, finding.count) == (BORN, 2)


def test_the_first_one_keeps_its_cause() -> None:
    """Later losses are bad because the parameters are."""
    given = Cause("nonfinite-input", "torch.nn.functional.linear", "net.py", 3)
    run = trace(Run(2), BORN).turn(loss=NAN, loss_known=True)
    trace(run, given).turn(loss=NAN, loss_known=True)
    (finding,) = run.found("GA202")
    assert (finding.cause, finding.count) == (BORN, 2)
