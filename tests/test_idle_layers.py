"""Layers that never run, told apart from those whose weights a layer around them uses."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import gradaudit


class Hung(nn.Module):
    """Has a layer below one of torch's that knows nothing of it."""

    def __init__(self, around: nn.Module) -> None:
        super().__init__()
        self.first, self.around, self.last = nn.Linear(4, 4), around, nn.Linear(4, 1)
        self.around.extra = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.around(self.first(x)))


def _findings(model: nn.Module, *size: int) -> tuple[gradaudit.Finding, ...]:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.randn(*size)).square().mean().backward()
            optimizer.step()
    return audit.report().findings


@pytest.mark.parametrize("around", [nn.Identity, nn.ReLU, lambda: nn.Linear(4, 4)])
def test_a_layer_hung_below_one_of_torchs_never_ran(around: type[nn.Module]) -> None:
    """The one around it ran, but its code does not name what hangs below it."""
    (finding,) = _findings(Hung(around()), 8, 4)
    assert finding.code == "GA101"
    assert finding.parameters == ("around.extra.weight", "around.extra.bias")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.module) == ("unused-module", "around.extra")


def test_the_output_projection_of_attention_is_used_without_being_called() -> None:
    """torch.nn.MultiheadAttention reads its weights: cut off, its output is what went unused."""

    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 1, batch_first=True)
            self.last = nn.Linear(4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.attention(x, x, x)
            return self.last(x)

    (finding,) = _findings(Cut(), 2, 3, 4)
    assert "attention.out_proj.weight" in finding.parameters
    assert finding.cause is not None
    assert finding.cause.kind == "unused-output"
