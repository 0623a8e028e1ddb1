"""GA302: a step found no gradient, or only zeros, in everything it holds."""

from __future__ import annotations

import pytest

from gradaudit.events import Status
from tests.rules.build import Run


def cleared(run: Run, times: int) -> Run:
    """Cleared between backward and step, at line 7."""
    for _ in range(times):
        run.backward().reset(line=7).step()
    return run


def test_cleared_after_the_backward() -> None:
    """An error after 3 steps, with the line that did it."""
    run = cleared(Run(2), 3)
    assert run.told("GA302") == ["error"]
    assert run.says("GA302") == [("error", ("a.weight", "b.weight"))]
    (finding,) = run.found("GA302")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.op, finding.cause.line) == ("cleared", "zero_grad", 7)
    assert (finding.first_step, finding.last_step, finding.count) == (0, 2, 3)


@pytest.mark.parametrize(("healthy", "severity"), [(2, "error"), (3, "info")])
def test_now_and_then(healthy: int, severity: str) -> None:
    """Two bad batches: an error where they are half of the whole run."""
    run = cleared(Run(2).turns(healthy), 2)
    assert [s for s, _ in run.says("GA302")] == [severity]


def test_no_backward_came() -> None:
    """Info, however often."""
    run = Run(2).turns(2).step().step().step().step()
    assert run.says("GA302") == [("info", ())]
    assert run.found("GA302")[0].count == 4


def test_some_gradient_is_enough() -> None:
    """One parameter with a gradient, and the step did something."""
    run = Run(2)
    for _ in range(5):
        run.backward().reset([0], line=7).step().reset()
    assert run.says("GA302") == []


def test_zeros_that_came_from_the_backward() -> None:
    """GA203's."""
    assert Run(2).turns(5, status=Status.ZERO).says("GA302") == []


def test_cleared_because_it_was_nan() -> None:
    """The loop looks after itself."""
    run = Run(2)
    for _ in range(5):
        run.backward(status=Status.NAN).reset(line=7).step()
    assert run.says("GA302") == []
