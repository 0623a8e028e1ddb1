"""GA404: steps used finite non-zero gradients, and the value never changed."""

from __future__ import annotations

import numpy as np

from tests.rules.build import Run


def test_values_that_did_not_change() -> None:
    """A warning with the number of steps."""
    run = Run(2).turns(10).checked(unchanged=[1], over=10)
    assert run.says("GA404") == [("warning", ("b.weight",))]
    assert dict(run.found("GA404")[0].evidence) == {"steps": 10}


def test_a_learning_rate_of_zero() -> None:
    """Info: what it says on the tin. Told apart from the others."""
    off = np.array([True, False])
    run = Run(2).turns(10).checked(unchanged=[0, 1], over=10, zero_rate=off)
    assert run.says("GA404") == [("warning", ("b.weight",)), ("info", ("a.weight",))]
    assert "learning rate is 0" in run.found("GA404")[1].message


def test_a_gradient_that_is_rounding_noise() -> None:
    """Info below a ten-thousandth of the median gradient per element: a bias before a BatchNorm."""

    def severities(norm: float) -> list[str]:
        run = Run(3).turns(9).backward(norm={1: norm}).step().checked(unchanged=[1], over=10)
        return [severity for severity, _ in run.says("GA404")]

    assert (severities(0.9e-4), severities(1.1e-4)) == (["info"], ["warning"])


def test_values_that_did() -> None:
    """A look that shows something else."""
    assert Run(2).turns(10).checked(nonfinite=[0], over=10).says("GA404") == []


def test_old_copies_that_autocast_keeps() -> None:
    """From the third step on that was taken on them."""
    run = Run(2)
    for _ in range(2):
        run.turn().checked(stale_casts=True)
    assert run.says("GA404") == []
    run.turn().checked(stale_casts=True)
    assert run.says("GA404") == [("warning", ("a.weight", "b.weight"))]
    assert "autocast" in run.found("GA404")[0].message
