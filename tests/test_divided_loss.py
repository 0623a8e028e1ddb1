"""A loss that `requires_grad_()` was called on, after a trainer has divided it: still GA104."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import gradaudit

WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "as it is": lambda loss: loss,
    "divided": lambda loss: loss / 4,
    "scaled": lambda loss: loss * 1024.0,
    "averaged over devices": lambda loss: loss.mean(),
    "divided and scaled": lambda loss: (loss / 2) * 1024.0,
}


def _run(step: Callable[[nn.Module], Tensor], *, clip: bool = False) -> gradaudit.Report:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters())
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(6):
            loss = step(model)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    return audit.report()


def _error(model: nn.Module) -> Tensor:
    x = torch.randn(6, 4)
    return (model(x) - x.sum(dim=1, keepdim=True)).square().mean()


@pytest.mark.parametrize("clip", [False, True], ids=["", "clipped"])
@pytest.mark.parametrize("way", WAYS)
def test_the_loss_has_no_graph_of_its_own(way: str, clip: bool) -> None:
    """Found with the line of the detach, and clipping is not blamed."""

    def step(model: nn.Module) -> Tensor:
        return WAYS[way](_error(model).detach().requires_grad_())  # this line

    (found,) = _run(step, clip=clip).findings
    assert (found.code, found.severity.value) == ("GA104", "error")
    assert found.cause is not None
    assert found.cause.kind == "detach"
    assert "this line" in found.cause.source


@pytest.mark.parametrize("held", [True, False], ids=["by an optimizer", "by hand"])
def test_a_temperature_is_no_such_loss(held: bool) -> None:
    """One number that is trained on the side, from values that were detached on purpose."""
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    temperature = torch.zeros(1, requires_grad=True)
    its_own = torch.optim.SGD([temperature], lr=0.1) if held else None
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(6):
            optimizer.zero_grad()
            loss = _error(model)
            loss.backward()
            optimizer.step()
            (-(temperature * (loss.detach() + 1.0)).mean()).backward()
            if its_own is not None:
                its_own.step()
                its_own.zero_grad()
            else:
                with torch.no_grad():
                    temperature -= 0.1 * temperature.grad
                temperature.grad = None
    assert audit.report().findings == ()
