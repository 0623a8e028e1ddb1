"""What a backward was called on, read off its roots without a device sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

LARGEST_READ = 4096
"""Elements of a root that is looked at as a whole."""


@dataclass(frozen=True, slots=True)
class Loss:
    """`value`: of a one-element root (the first non-finite of several), `known` if it was read.

    `disconnected`: no root has a graph below it. `differentiable`: of a dtype that can carry one.
    """

    value: float = float("nan")
    known: bool = False
    requires_grad: bool = True
    root_is_leaf: bool = False
    differentiable: bool = True

    @property
    def disconnected(self) -> bool:
        """Nothing below the roots can get a gradient."""
        return not self.requires_grad or self.root_is_leaf


def read_loss(roots: Sequence[Any]) -> Loss:
    """Look at the roots. Values are read on the CPU only: elsewhere it would wait."""
    tensors = [r for r in roots if isinstance(r, torch.Tensor)]
    if len(tensors) < len(roots) or not tensors:
        return Loss()
    requires_grad = any(t.requires_grad for t in tensors)
    is_leaf = all(t.grad_fn is None for t in tensors) and requires_grad
    differentiable = all(t.is_floating_point() or t.is_complex() for t in tensors)
    value, known = float("nan"), False
    with torch.no_grad(), torch._C.DisableTorchFunction():
        for t in tensors:
            if t.device.type != "cpu" or t.is_complex() or t.is_sparse or not t.numel():
                continue
            if t.numel() > 1:
                # Losses sample by sample: of these only whether one is not finite.
                if t.numel() <= LARGEST_READ and not bool(torch.isfinite(t.detach()).all()):
                    bad = t.detach()[~torch.isfinite(t.detach())]
                    value, known = float(bad.sum()), True
                continue
            number = float(t.detach())
            if not known or number - number != 0.0:
                value, known = number, True
    return Loss(value, known, requires_grad, is_leaf, differentiable)
