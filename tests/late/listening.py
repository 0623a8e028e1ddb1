"""Small loops, and what an audit tells of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import nn

import gradaudit
from gradaudit.event_base import Event
from gradaudit.findings import Finding


class Ear:
    """A sink that keeps everything, with the step in which it was told."""

    def __init__(self) -> None:
        self.records: list[Event | Finding] = []
        self.step = -1
        self.told_in: list[int] = []

    def emit(self, record: Event | Finding) -> None:
        """Keep it."""
        self.records.append(record)
        self.told_in.append(self.step)

    def close(self) -> None:
        """Nothing to do."""

    def of(self, name: str) -> list[Any]:
        """The records of this kind."""
        return [one for one in self.records if type(one).__name__ == name]

    def findings(self) -> dict[str, int]:
        """Codes, and in which step of the loop each was told first."""
        told: dict[str, int] = {}
        for record, step in zip(self.records, self.told_in, strict=True):
            if isinstance(record, Finding):
                told.setdefault(record.code, step)
        return told

    def events(self) -> list[Event]:
        """The events alone."""
        return [one for one in self.records if isinstance(one, Event)]


def differences(one: Event, other: Event) -> list[str]:
    """In which fields two events differ; norms may in their last digits, and callers in a line."""
    if type(one) is not type(other):
        return [f"{type(one).__name__} and {type(other).__name__}"]
    different: list[str] = []
    for field in (f for f in fields(one) if f.name != "stack"):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if (isinstance(a, np.ndarray) and a.dtype == np.float64) or isinstance(a, float):
            same = np.allclose(a, b, rtol=1e-5, atol=0.0, equal_nan=True)
        else:
            same = np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        if not same:
            different.append(f"{type(one).__name__}.{field.name}: {a} and {b}")
    return different


def net(seed: int = 0) -> nn.Sequential:
    """Four numbers in, one out."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def train(
    steps: int = 6,
    *,
    bad: int = -1,
    each: Callable[[int, Any], None] | None = None,
    ear: Ear | None = None,
    **options: Any,
) -> tuple[nn.Module, Any]:
    """A loop whose loss is NaN in step `bad`. `each(step, audit)` is called when a step is over."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    ear = ear or Ear()
    options = {"on_finding": "silent", "sinks": [ear], **options}
    with gradaudit.watch(model, optimizer, **options) as audit:
        for step in range(steps):
            ear.step = step
            optimizer.zero_grad()
            loss = model(torch.randn(6, 4)).square().mean()
            if step == bad:
                loss = loss * float("nan")
            loss.backward()
            optimizer.step()
            if each is not None:
                each(step, audit)
    return model, audit
