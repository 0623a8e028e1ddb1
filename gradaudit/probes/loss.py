"""What a backward was called on, read off its roots without a device sync."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from gradaudit.probes import discovery

LARGEST_READ = 4096
"""Elements of a root that is looked at as a whole."""
SCALING = frozenset(
    f"{name}Backward{number}"
    for name in ("Mul", "Div", "Neg", "Mean", "Sum", "ToCopy", "View", "Squeeze", "Clone")
    for number in range(3)
)
"""Nodes that do to a loss what trainers do: divide it, scale it, average it over devices."""
_FURTHEST = 8
_INFINITE = float("inf")


class Loss(NamedTuple):
    """`value`: of a one-element root (the first non-finite of several), `known` if it was read.

    `disconnected`: no root has a graph below it. `differentiable`: of a dtype that can carry one.
    `root_is_leaf`: it is a leaf, or a multiple of one that was made for this backward: what a
    trainer makes of a loss that `requires_grad_()` was called on. `leaf`: that leaf.
    """

    value: float = float("nan")
    known: bool = False
    requires_grad: bool = True
    root_is_leaf: bool = False
    differentiable: bool = True
    leaf: weakref.ref[torch.Tensor] | None = None

    @property
    def plain(self) -> bool:
        """A finite number with a graph below it."""
        return (
            self.known
            and self.requires_grad
            and self.differentiable
            and not self.root_is_leaf
            and -_INFINITE < self.value < _INFINITE
        )

    @property
    def disconnected(self) -> bool:
        """Nothing below the roots can get a gradient."""
        return not self.requires_grad or self.root_is_leaf


UNREAD = Loss()


def read_loss(roots: Sequence[Any], before: Loss | None = None) -> Loss:
    """Look at the roots. Values are read on the CPU only: elsewhere it would wait.

    `before`: what the backward before this one was called on.
    """
    if len(roots) == 1 and type(roots[0]) is torch.Tensor:
        quick = _read_number(roots[0])
        if quick is not None:
            return quick
    tensors = [r for r in roots if isinstance(r, torch.Tensor)]
    if len(tensors) < len(roots) or not tensors:
        return Loss()
    requires_grad = any(t.requires_grad for t in tensors)
    is_leaf = all(t.grad_fn is None for t in tensors) and requires_grad
    leaf = _leaf_of(tensors[0]) if len(tensors) == 1 and not is_leaf else None
    if leaf is not None and before is not None and before.leaf is not None:
        # A scalar that somebody trains (a temperature) is the same one every time.
        is_leaf = before.leaf() is not leaf and not _is_held(leaf)
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
    followed = None if leaf is None else weakref.ref(leaf)
    return Loss(value, known, requires_grad, is_leaf, differentiable, followed)


_PLAIN_DTYPES = frozenset((torch.float32, torch.float64, torch.bfloat16, torch.float16))


def _read_number(root: torch.Tensor) -> Loss | None:
    """What nearly every loss is: one number on the CPU, made by no mere scaling; else None."""
    node = root.grad_fn
    if node is None or not root.is_cpu or root.numel() != 1 or root.dtype not in _PLAIN_DTYPES:
        return None
    name = node.name()
    if name in SCALING or "AccumulateGrad" in name:
        return None
    return Loss(root.item(), True)


def _leaf_of(root: torch.Tensor) -> torch.Tensor | None:
    """The leaf of one element that `root` is a multiple of."""
    node: Any = root.grad_fn
    for _ in range(_FURTHEST):
        if node is None:
            return None
        name = node.name()
        if "AccumulateGrad" in name:
            leaf = getattr(node, "variable", None)
            return leaf if isinstance(leaf, torch.Tensor) and leaf.numel() == 1 else None
        if name not in SCALING:
            return None
        below = [child for child, _ in node.next_functions if child is not None]
        if len(below) != 1:
            return None
        node = below[0]
    return None


def _is_held(leaf: torch.Tensor) -> bool:
    """Does an optimizer train it?"""
    return any(
        p is leaf
        for optimizer in discovery.live_optimizers()
        for group in optimizer.param_groups
        for p in group["params"]
    )
