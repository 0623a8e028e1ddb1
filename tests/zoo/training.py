"""Training steps of a zoo model, in plain PyTorch; what they leave is the truth of the tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

Batch = dict[str, Any]


def loss_of(output: Any, step: int) -> torch.Tensor:
    """The model's own loss; else the distance of all that it returns from random numbers."""
    loss = getattr(output, "loss", None)
    if isinstance(loss, torch.Tensor):
        return loss.sum()
    draw = torch.Generator().manual_seed(step)
    total = torch.zeros(())
    for tensor in _floats(output):
        target = torch.randn(tensor.shape, generator=draw)
        total = total + (tensor.float() - target).square().mean()
    return total


def _floats(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        if value.is_floating_point() and value.requires_grad:
            yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "codevector_perplexity":  # a measure, and nothing to learn from
                yield from _floats(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _floats(one)


def train(
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    batches: list[Batch],
    after_backward: Callable[[], None] | None = None,
) -> list[float]:
    """Steps as anybody writes them; the losses. `after_backward` is called before each step."""
    losses: list[float] = []
    model.train()
    for step, batch in enumerate(batches):
        torch.manual_seed(step)
        np.random.seed(step)  # SpecAugment and layerdrop of some models draw there
        random.seed(step)
        optimizer.zero_grad()
        loss = loss_of(model(**batch), step)
        loss.backward()
        if after_backward is not None:
            after_backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


@dataclass
class Truth:
    """What plain PyTorch shows of a run. Names of parameters; sets over all steps."""

    steps: int = 0
    losses: list[float] = field(default_factory=list)
    trainable: list[str] = field(default_factory=list)
    first: dict[str, torch.Tensor] = field(default_factory=dict)
    """Values before the first step."""
    arrived: dict[str, int] = field(default_factory=dict)
    """Steps in which `.grad` was there."""
    zero: dict[str, int] = field(default_factory=dict)
    """Steps in which it was there, and exactly zero everywhere."""
    nonfinite: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)
    """Names of modules whose forward was called, with gradients enabled."""
    ran_without: set[str] = field(default_factory=set)
    """And while they were disabled."""


def observe(
    model: PreTrainedModel, optimizer: torch.optim.Optimizer, batches: list[Batch]
) -> Truth:
    """Train, and look at every `.grad` and at every call of a forward."""
    truth = Truth()
    named = {n: p for n, p in model.named_parameters() if p.requires_grad and p.numel()}
    truth.trainable = list(named)
    truth.first = {name: p.detach().clone() for name, p in named.items()}
    truth.arrived = dict.fromkeys(named, 0)
    truth.zero = dict.fromkeys(named, 0)

    def look() -> None:
        truth.steps += 1
        for name, parameter in named.items():
            grad = parameter.grad
            if grad is None:
                continue
            truth.arrived[name] += 1
            truth.zero[name] += not grad.detach().any().item()
            if not torch.isfinite(grad).all():
                truth.nonfinite.add(name)

    def note(name: str) -> Callable[..., None]:
        def hook(module: torch.nn.Module, args: Any) -> None:
            (truth.ran if torch.is_grad_enabled() else truth.ran_without).add(name)

        return hook

    handles = [m.register_forward_pre_hook(note(n)) for n, m in model.named_modules()]
    try:
        truth.losses = train(model, optimizer, batches, look)
    finally:
        for handle in handles:
            handle.remove()
    return truth
