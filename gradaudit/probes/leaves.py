"""Which leaves lie below a loss: one walk over the autograd graph, about 0.3 ms per 1,000 nodes.

The graph under a reentrant checkpoint cannot be seen from outside (its leaves show up when its
inner backward starts), so "not among the leaves" never means "disconnected" by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

NODES_WALKED = 300_000
"""A larger graph is not walked to its end; `complete` says so."""


@dataclass(slots=True)
class Leaves:
    """What lies below the roots.

    `tensors`: leaves that require grad, each once; `below_custom`: for the id of a leaf that can
    only be reached through an `autograd.Function`, the name of the nearest such class.
    """

    tensors: list[torch.Tensor] = field(default_factory=lambda: list[torch.Tensor]())
    below_custom: dict[int, str] = field(default_factory=lambda: dict[int, str]())
    complete: bool = True


def _node_of(root: Any) -> Any:
    if isinstance(root, torch.Tensor):
        return root.grad_fn
    return getattr(root, "node", None)


def _custom_name(node: Any) -> str | None:
    forward_class = getattr(type(node), "_forward_cls", None)
    if forward_class is None or forward_class.__module__.startswith("torch.nn.parallel."):
        return None  # DistributedDataParallel passes outputs on as they are
    return forward_class.__name__


def leaves_below(roots: Iterable[Any]) -> Leaves:
    """The leaves below `roots` (tensors or graph edges); a root that is a leaf counts as one."""
    found = Leaves()
    seen_plain: set[Any] = set()
    seen_custom: dict[Any, str] = {}
    plain: list[Any] = []
    for root in roots:
        if isinstance(root, torch.Tensor) and root.grad_fn is None:
            if root.requires_grad:
                found.tensors.append(root)
            continue
        node = _node_of(root)
        if node is not None:
            plain.append(node)
    custom: list[tuple[Any, str]] = []
    known: set[int] = {id(t) for t in found.tensors}
    while plain:
        node = plain.pop()
        if node in seen_plain:
            continue
        seen_plain.add(node)
        if len(seen_plain) > NODES_WALKED:
            found.complete = False
            break
        name = _custom_name(node)
        if name is not None:
            custom.append((node, name))
            continue
        _take_leaf(node, found, known, None)
        plain.extend(child for child, _ in node.next_functions if child is not None)
    # Below custom functions only now: what can be reached around them is reached already.
    while custom:
        node, name = custom.pop()
        if node in seen_custom or (node in seen_plain and _custom_name(node) is None):
            continue
        seen_custom[node] = name
        if len(seen_custom) > NODES_WALKED:
            found.complete = False
            break
        _take_leaf(node, found, known, name)
        nearest = _custom_name(node) or name
        custom.extend((child, nearest) for child, _ in node.next_functions if child is not None)
    return found


def _take_leaf(node: Any, found: Leaves, known: set[int], custom: str | None) -> None:
    tensor = getattr(node, "variable", None)
    if not isinstance(tensor, torch.Tensor) or id(tensor) in known:
        return
    known.add(id(tensor))
    found.tensors.append(tensor)
    if custom is not None:
        found.below_custom[id(tensor)] = custom
