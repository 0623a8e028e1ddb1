"""GA206: a parameter's values are NaN or Inf after a step that used a non-finite gradient."""

from __future__ import annotations

from gradaudit.events import Status
from tests.rules.build import Run


def test_the_values_are_lost() -> None:
    """An error at the first such step; later parameters join it."""
    run = Run(2).turn().backward(status={0: Status.NAN}).step().checked(nonfinite=[0]).reset()
    assert run.says("GA206") == [("error", ("a.weight",))]
    assert run.found("GA206")[0].first_step == 1
    run.backward(status=Status.NAN).step().checked(nonfinite=[0, 1])
    assert run.says("GA206") == [("error", ("a.weight", "b.weight"))]
    assert run.told("GA206") == ["error"]


def test_values_that_are_finite() -> None:
    """A look that shows something else is none of this rule's."""
    run = Run(2).turns(2).backward().step().checked(unchanged=[0], over=10)
    assert run.says("GA206") == []


def test_each_optimizer_has_its_own() -> None:
    """Two optimizers, two findings."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    run.backward(status=Status.NAN).step(0).checked(0, nonfinite=[0])
    run.step(1).checked(1, nonfinite=[1])
    assert [(f.parameters, f.optimizer) for f in run.found("GA206")] == [
        (("a.weight",), "optimizer"),
        (("b.weight",), "optimizer1"),
    ]
