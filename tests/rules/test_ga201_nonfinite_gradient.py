"""GA201: NaN or Inf in a gradient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradaudit.events import FrontierFound, Status, TraceRecorded
from gradaudit.findings import Cause
from tests.rules.build import Run, at, indices

NAN = {1: Status.NAN}
BORN = Cause("nonfinite-op", "SqrtBackward0 (backward of torch.sqrt)", "net.py", 12, "forward")
GIVEN = Cause("nonfinite-input", "torch.nn.functional.mse_loss", "train.py", 9, "main")
MAYBE = Cause("nonfinite-op", "PowBackward0 (backward of torch.pow)", "net.py", 3, certain=False)


def trace(run: Run, birth: Cause | None, backward: int | None = None, line: int = 10) -> Run:
    """The backward that comes next was traced."""
    number = run.backwards if backward is None else backward
    n = len(run.names)
    return run.feed(
        TraceRecorded(
            step=run.steps, backward=number, site=at(line), used=run.mask(range(n)),
            depends=run.mask(range(n)), reached=run.mask(range(n)), cause_of=indices([-1] * n),
            birth=birth, birth_value="inf" if birth else "", in_backward=birth is not None,
        )
    )  # fmt: skip


def frontier(run: Run, cause: Cause | None = None, **fields: object) -> Run:
    """Of the backward that was the last."""
    return run.feed(
        FrontierFound(step=run.steps, backward=run.backwards - 1, cause=cause, **fields)
    )


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


def test_the_trace_of_that_backward_names_the_birth() -> None:
    """The cause, its line in the message, and a fix for that operation."""
    run = trace(Run(3), BORN).backward(status=NAN).step()
    (finding,) = run.found("GA201")
    assert finding.cause == BORN
    assert "Inf was born in SqrtBackward0 (backward of torch.sqrt) at net.py:12" in finding.message
    assert "eps inside" in finding.fix
    assert finding.evidence["in_backward"] is True


def test_an_input_that_was_bad_already() -> None:
    """The data is to blame and no operation."""
    (finding,) = trace(Run(3), GIVEN).backward(status=NAN).step().found("GA201")
    assert finding.cause == GIVEN
    assert "was already in what torch.nn.functional.mse_loss was given" in finding.message


def test_a_birth_in_another_backward_is_not_its_cause() -> None:
    """Earlier, or from another line."""
    run = trace(Run(3), BORN).turn(status={}).turn(status=NAN)
    assert run.found("GA201")[0].cause is None
    run = Run(3).backward(status=NAN).step()
    trace(run, BORN, line=99).turn(status=Status.NAN, line=99)
    assert run.found("GA201")[0].cause is None


def test_it_comes_again_in_a_traced_step() -> None:
    """Where the bad step was skipped: the finding gets its cause, and is not counted again."""
    run = Run(3).turn().backward(status=NAN).reset()
    trace(run, BORN).backward(status=NAN).reset().turn()
    (finding,) = run.found("GA201")
    assert finding.cause == BORN
    assert finding.count == 2
    run = Run(3).backward(status=NAN).step()
    (finding,) = trace(run, BORN).found("GA201")
    assert finding.cause == replace(BORN, certain=False)  # the weights are spoilt by now
    assert (finding.count, finding.first_step) == (1, 0)
    assert "came again" in finding.message


def test_spoilt_parameters_are_no_news() -> None:
    """The step after a bad one is given NaN weights: that explains nothing."""
    run = Run(3).backward(status=NAN).step()
    (finding,) = trace(run, GIVEN).turn(status=Status.NAN).found("GA201")
    assert finding.cause is None


def test_the_gap_between_two_parameters() -> None:
    """Of a backward that nobody traced; a clean traced step afterwards is said to be one."""
    run = frontier(Run(3).backward(status=NAN), after=2, before=1, nodes=("MulBackward0",)).step()
    (finding,) = run.found("GA201")
    assert finding.cause is None
    assert "between `c.weight`, the last one that was finite, and `b.weight`" in finding.message
    assert finding.evidence["nodes"] == ["MulBackward0"]
    (finding,) = trace(run, None).turn().found("GA201")
    assert "did not come again in the step that was traced" in finding.message


@pytest.mark.parametrize("later", [None, BORN])
def test_the_only_line_in_the_gap_is_a_guess(later: Cause | None) -> None:
    """Until a traced step shows it."""
    run = frontier(Run(3).backward(status=NAN), MAYBE, after=2, before=1).reset()
    (finding,) = run.found("GA201")
    assert finding.cause == MAYBE
    assert "probably in PowBackward0 (backward of torch.pow)" in finding.message
    (finding,) = trace(run, later).turn().found("GA201")
    assert finding.cause == (later or MAYBE)


def test_an_overflow_that_a_scaler_skips_has_no_cause() -> None:
    """Until it is no search for a scale any more."""
    run = Run(3)
    for n in range(5):
        trace(run, BORN).backward(status=NAN).scaler_step(skipped=True).reset()
        (finding,) = run.found("GA201")
        assert (finding.cause is None) == (n < 4)


def test_the_incident_of_which_most_is_known_is_told() -> None:
    """A cause is not lost when it comes again and nobody traces."""
    run = trace(Run(3).turn(), BORN).backward(status=NAN).reset()
    run.turn().backward(status=NAN).reset()
    (finding,) = run.found("GA201")
    assert (finding.cause, finding.count) == (BORN, 2)
    run = Run(3).turn().backward(status=NAN).reset()
    frontier(run.turn().backward(status=NAN), MAYBE, after=2, before=1).reset()
    assert run.found("GA201")[0].cause == MAYBE


def test_another_optimizer_inherits_the_cause() -> None:
    """Its gradients are bad because of what the first one's step has written."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    trace(run, BORN).backward([0], status={0: Status.NAN}).step(0)
    run.backward([1], status={1: Status.NAN}).step(1)
    one, two = run.found("GA201")
    assert one.cause == two.cause == BORN
    assert "since an earlier step" in two.message


def test_no_place_is_named_after_an_average_over_ranks() -> None:
    """What began on another rank has no line here; a birth that was seen here has."""
    run = frontier(Run(3).backward(status=NAN), ranks=2).step()
    (finding,) = run.found("GA201")
    assert "averaged over 2 ranks, any of which may have made it" in finding.message
    assert finding.cause is None
    run = Run(3)
    trace(run, BORN).backward(status=NAN)
    (finding,) = frontier(run, ranks=2).step().found("GA201")
    assert finding.cause == BORN
    assert "averaged" not in finding.message
