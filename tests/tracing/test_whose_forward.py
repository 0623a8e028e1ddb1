"""Whose forward a cut happened in, and which parameters nothing was computed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import gradaudit


def findings_of(model: nn.Module, loss_of: Callable[[Any], torch.Tensor] | None = None) -> Any:
    """Of three steps; the loss is the model's output unless `loss_of` makes another one."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(3):
            optimizer.zero_grad()
            output = model(torch.randn(5, 4))
            (output.square().mean() if loss_of is None else loss_of(output)).backward()
            optimizer.step()
    return audit.report().findings


class Block(nn.Module):
    def __init__(self, *, cuts: bool = True) -> None:
        super().__init__()
        self.inner, self.cuts = nn.Linear(4, 4), cuts

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        side = self.inner(x)
        return x + (side.detach() if self.cuts else side)


def test_a_line_that_several_layers_run_is_named_by_all_of_them() -> None:
    """Not by the first: the second is cut there just as well."""
    model = nn.Sequential(Block(), Block(), nn.Linear(4, 1))
    (finding,) = findings_of(model)
    assert (finding.code, finding.cause.kind) == ("GA101", "detach")
    assert finding.cause.module == "{0,1}"
    assert len(finding.parameters) == 4


def test_a_layer_that_does_not_cut_there_is_not_named() -> None:
    """Only the one whose forward ran when it happened."""
    (finding,) = findings_of(nn.Sequential(Block(cuts=False), Block(), nn.Linear(4, 1)))
    assert finding.cause.module == "1"


class Helped(nn.Module):
    """Two modules of other names run one helper of the user's, which cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Helper(), Helper()
        self.head = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x + self.first(x) + self.second(x))


class Helper(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x).detach()


def test_modules_with_nothing_in_common_are_not_named() -> None:
    """No module at all is better than one that is right for half of the parameters."""
    (finding,) = findings_of(Helped())
    assert (finding.cause.kind, finding.cause.module) == ("detach", None)
    assert len(finding.parameters) == 4


class Idle(nn.Module):
    """`spare` is parametrized and never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(4, 1)
        self.holder = nn.Module()
        self.holder.spare = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.used(x)


def test_the_parametrizations_of_an_idle_module_are_idle_with_it() -> None:
    """One finding for its bias and for the pieces of its weight."""
    (finding,) = findings_of(Idle())
    assert (finding.cause.kind, finding.cause.module) == ("unused-module", "holder")
    assert len(finding.parameters) == 3


def test_a_parametrized_module_that_runs_is_not_idle() -> None:
    """Its pieces learn."""
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)), nn.Linear(4, 1))
    assert findings_of(model) == ()


class Masked(nn.Module):
    """Works a mask out by `vmap`, as Transformers does; `spare` is for inputs that never come."""

    def __init__(self, *, hides: bool = False) -> None:
        super().__init__()
        self.used, self.spare, self.hides = nn.Linear(4, 1), nn.Parameter(torch.ones(4)), hides

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = torch.arange(len(x))
        mask = torch.vmap(lambda i: i.new_ones((), dtype=torch.bool) & (i >= 0))(rows)
        if self.hides:
            with torch.no_grad():
                x = x + torch.vmap(lambda one: one * self.spare)(x)
        return self.used(x * mask[:, None])


def test_indices_under_vmap_hide_no_parameter() -> None:
    """The model ran and computed nothing with it: that is known, and said."""
    (finding,) = findings_of(Masked())
    assert (finding.cause.kind, finding.parameters) == ("unused-output", ("spare",))


def test_numbers_under_vmap_may_hide_one() -> None:
    """What a transform does with a parameter is not followed: no guess that it was not used."""
    (finding,) = findings_of(Masked(hides=True))
    assert finding.cause is None or finding.cause.kind != "unused-output"
