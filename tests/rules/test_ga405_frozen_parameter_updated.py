"""GA405: a frozen parameter was changed by a step all the same."""

from __future__ import annotations

from tests.rules.build import Run


def test_a_step_changed_it() -> None:
    """A warning, counted step by step, with the parameters of all of them."""
    run = Run(3).turns(2).freeze([0, 1])
    run.turn().checked(changed_frozen=[0]).turn().checked(changed_frozen=[0, 1])
    assert run.says("GA405") == [("warning", ("a.weight", "b.weight"))]
    (finding,) = run.found("GA405")
    assert (finding.first_step, finding.last_step, finding.count) == (2, 3, 2)
    assert finding.optimizer == "optimizer"


def test_a_frozen_parameter_that_stays() -> None:
    """Frozen is no finding of this rule, and neither is another kind of look."""
    run = Run(3).freeze([0]).turns(5).checked(unchanged=[1], over=10)
    assert run.says("GA405") == []
