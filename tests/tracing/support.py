"""What the tests of the tracer's surroundings share."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor, nn

import gradaudit
from gradaudit.events import TraceRecorded

MARKS = [
    (torch.autograd.Function, "apply"),
    (torch.Tensor, "_make_subclass"),
    (torch.Tensor, "backward"),
    (torch, "from_numpy"),
    (torch, "compile"),
    (nn.Module, "__call__"),
    (torch.autograd.grad_mode.inference_mode, "__enter__"),
]


class Capture:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def emit(self, record: Any) -> None:
        self.records.append(record)

    def close(self) -> None:
        self.records.append("closed")

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.records if isinstance(record, kind)]

    @property
    def traced(self) -> list[TraceRecorded]:
        return self.of(TraceRecorded)

    @property
    def faults(self) -> list[Any]:
        """Findings that a part of gradaudit has failed."""
        return [r for r in self.records if getattr(r, "code", "") == "GA901"]


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def watched(*args: Any, **kwargs: Any) -> gradaudit.Watch:
    """Silent, every step traced."""
    return gradaudit.watch(*args, **{"on_finding": "silent", "trace": "always", **kwargs})


def train(model: nn.Module, optimizer: Any, steps: int = 1) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()


def loss_of(model: nn.Module) -> Tensor:
    return model(torch.ones(6, 4)).square().mean()


def sgd(model: nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=0.01)


def stance() -> str:
    """The compiler's."""
    frames = sys.modules.get("torch._dynamo.eval_frame")
    return "default" if frames is None else frames._stance.stance


def stack() -> list[Any]:
    """The function modes that are active, outermost first."""
    return [torch._C._get_function_stack_at(i) for i in range(torch._C._len_torch_function_stack())]


def marks() -> list[Any]:
    """Everything that a trace takes over, as it is now."""
    names = [(holder.__name__, name, vars(holder).get(name)) for holder, name in MARKS]
    return [*names, stance(), [id(mode) for mode in stack()]]
