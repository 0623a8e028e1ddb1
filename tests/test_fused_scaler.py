"""A gradient scaler with a fused optimizer, which is called even where its step is skipped."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from torch import nn

import gradaudit
from tests.late.slow_lane import late_cpu


def _train(overflows: set[int], *, fused: bool, late: bool) -> gradaudit.Watch:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    with (
        late_cpu(2) if late else nullcontext(),
        gradaudit.watch(model, optimizer, on_finding="silent", trace="off") as audit,
    ):
        for step in range(12):
            optimizer.zero_grad()
            scaler.scale(model(torch.randn(8, 4)).square().mean()).backward()
            if step in overflows:
                for p in model.parameters():
                    p.grad = torch.full_like(p, float("inf"))
            scaler.step(optimizer)
            scaler.update()
    return audit


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_was_skipped_has_used_nothing(fused: bool, late: bool) -> None:
    """Two overflows while the scale is found are no mistake."""
    (found,) = _train({0, 1}, fused=fused, late=late).findings
    assert (found.code, found.severity.value) == ("GA201", "info")
    assert "skipped the step (2 skips in a row)" in found.message


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("fused", [False, True])
def test_skip_after_skip_is_told(fused: bool, late: bool) -> None:
    """Of both kinds of optimizers alike."""
    audit = _train(set(range(2, 12)), fused=fused, late=late)
    loud = {f.code for f in audit.findings if f.severity.value != "info"}
    assert loud == {"GA201", "GA501"}
    assert "10 skips in a row" in next(f.message for f in audit.findings if f.code == "GA201")


@pytest.mark.parametrize("late", [False, True])
def test_without_an_overflow_nothing_is_told(late: bool) -> None:
    """And every step counts."""
    audit = _train(set(), fused=True, late=late)
    assert audit.findings == ()
    assert audit.report().steps == 12
