"""GA404: steps used finite non-zero gradients, and the value never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import gradaudit
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


def test_updates_that_are_rounded_away() -> None:
    """It says so. In float32, where others move at that rate, it is a fact and no fault."""
    lost, alone = np.array([True, False]), np.array([False, False])
    run = Run(2).turns(10)
    run.checked(unchanged=[0, 1], over=10, rounded_away=lost, others_move=alone)
    assert run.says("GA404") == [("warning", ("b.weight",)), ("warning", ("a.weight",))]
    other, rounded = run.found("GA404")
    assert "float32 rounds it away" in rounded.message
    assert "raise the learning rate" in rounded.fix
    assert "rounds" not in other.message
    run = Run(2).turns(10)
    run.checked(unchanged=[0], over=10, rounded_away=lost[:1], others_move=lost[:1])
    assert run.says("GA404") == [("info", ("a.weight",))]


class Small(torch.nn.Module):
    """`gain` is a value of 1 with a gradient of about 1e-6; `weight` learns as usual."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(4))
        self.gain = torch.nn.Parameter(torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x * self.weight).sum() + 1e-3 * (x * self.gain).sum()


def real(make: Callable[[Small], torch.optim.Optimizer], **to: Any) -> list[tuple[str, str, int]]:
    """What GA404 says after 12 steps: severity, the reason given, how many parameters."""
    model = Small().to(**to)
    optimizer = make(model)
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(12):
            optimizer.zero_grad()
            model(torch.ones(4, **to)).backward()
            optimizer.step()
    return [
        (str(f.severity), "rounded" if "rounds it away" in f.message else "", len(f.parameters))
        for f in audit.report().findings
        if f.code == "GA404"
    ]


def test_a_small_gradient_beside_others_that_learn() -> None:
    """p - lr * g is p to the last bit: a fact of float32, and none of the optimizer's doing."""
    assert real(lambda m: torch.optim.SGD(m.parameters(), lr=1e-5)) == [("info", "rounded", 1)]
    assert real(lambda m: torch.optim.SGD(m.parameters(), lr=1e-3)) == []


def test_a_rate_at_which_nothing_moves() -> None:
    """A warning: no parameter learns. The optimizer is not to blame, the rounding is."""
    for kind in (torch.optim.SGD, torch.optim.AdamW):
        found = real(lambda m, kind=kind: kind(m.parameters(), lr=1e-12))
        assert found == [("warning", "rounded", 2)]


def test_bfloat16_that_loses_the_updates_of_adam() -> None:
    """The fault that the rule is for: a warning, whatever else moves."""
    found = real(lambda m: torch.optim.AdamW(m.parameters(), lr=1e-4), dtype=torch.bfloat16)
    assert ("warning", "rounded", 2) in found or ("warning", "rounded", 1) in found
    assert {severity for severity, _, _ in found} == {"warning"}


def test_an_optimizer_that_writes_to_copies() -> None:
    """Nothing is rounded away there, and nothing says that it is."""

    class Copies(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.detach().clone().add_(p.grad, alpha=-group["lr"])

    assert real(lambda m: Copies(m.parameters(), lr=0.1)) == [("warning", "", 2)]


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
