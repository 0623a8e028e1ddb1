"""What may be concluded where nothing is heard."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import gradaudit


def _net() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
    return model, torch.optim.Adam(model.parameters())


@pytest.mark.parametrize("part", ["step_begins", "step_ends"])
def test_after_a_fault_of_ours_no_step_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The listener fails at the first step of 30: the audit says so, and nothing else."""

    def broken(self: Any, *_: object, **__: object) -> None:
        raise RuntimeError("planted")

    model, optimizer = _net()
    room = "meet" if part == "step_begins" else "stepped"
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for number in range(30):
            if number == 25:
                monkeypatch.setattr(audit._probe.known, room, broken)  # pyright: ignore
            x = torch.randn(4, 8)
            (model(x) - x.sum(1, keepdim=True)).square().mean().backward()
            if number >= 25:
                optimizer.step()
                optimizer.zero_grad()
    assert "GA901" in {f.code for f in audit.findings}
    assert not [f for f in audit.findings if f.code == "GA304"]


@pytest.mark.parametrize("trace", ["auto", "off"])
def test_a_loss_of_a_rewrapped_prediction_trains_nothing_and_is_told_of(trace: Any) -> None:
    """`pred.detach().requires_grad_()`: backwards run, and reach nothing that Adam holds."""
    model, optimizer = _net()
    with gradaudit.watch(model, optimizer, trace=trace, on_finding="silent") as audit:
        for _ in range(24):
            x = torch.randn(4, 8)
            guess = model(x).detach().requires_grad_()
            optimizer.zero_grad()
            (guess - x.sum(1, keepdim=True)).square().mean().backward()
            optimizer.step()
    assert [(f.severity.value, f.code) for f in audit.findings] == [("error", "GA101")]
    cause = audit.findings[0].cause
    assert (cause.kind if cause else None) == ("detach" if trace == "auto" else None)
