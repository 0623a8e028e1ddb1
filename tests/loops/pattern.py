"""What the patterns of this folder are made of: a loop, the codes it must give, and small parts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

Watch = Callable[..., AbstractContextManager[Any]]
Run = Callable[[Watch], None]


@dataclass(frozen=True)
class Pattern:
    """One way of writing a training loop, and the verdict on it.

    Attributes:
        title: What the loop does, in a few words; a broken one says how.
        run: Builds models and optimizers and trains them inside `with watch(models, optimizers)`.
            About half of the loops leave the optimizers out: they have to be found.
        expected: Codes of the errors and warnings that must be reported. Empty: a healthy loop,
            which must get no error and no warning.
        needs: The library that has to be installed, where torch alone is not enough.
    """

    title: str
    run: Run
    expected: frozenset[str] = frozenset()
    needs: str | None = None


class Loops:
    """The patterns of one module, in the order in which they are written."""

    def __init__(self, needs: str | None = None) -> None:
        self.needs = needs
        self.patterns: list[Pattern] = []

    def loop(self, title: str, *expected: str) -> Callable[[Run], Run]:
        """Adds the decorated loop, which must give the `expected` codes."""

        def add(run: Run) -> Run:
            self.patterns.append(Pattern(title, run, frozenset(expected), self.needs))
            return run

        return add


def net() -> nn.Sequential:
    """Four numbers in, one out: always the same weights, and the same batches after it."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def batch(rows: int = 6) -> Tensor:
    """Rows of four normal numbers."""
    return torch.randn(rows, 4)


def error(model: Callable[[Tensor], Tensor], rows: int = 6) -> Tensor:
    """The squared error of a model that should add up its four inputs, on a fresh batch."""
    x = batch(rows)
    return (model(x) - x.sum(dim=1, keepdim=True)).square().mean()


def sgd(*models: nn.Module, lr: float = 0.05, momentum: float = 0.0) -> torch.optim.SGD:
    """SGD over all parameters of the models."""
    parameters = [p for model in models for p in model.parameters()]
    return torch.optim.SGD(parameters, lr=lr, momentum=momentum)


def adamw(*models: nn.Module, lr: float = 1e-2) -> torch.optim.AdamW:
    """AdamW over all parameters of the models."""
    return torch.optim.AdamW([p for model in models for p in model.parameters()], lr=lr)
