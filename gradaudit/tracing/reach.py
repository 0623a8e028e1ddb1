"""Which leaves a value's gradient arrives at: exact, from the autograd graph, one bit per leaf."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from gradaudit.tracing.saved import node_key

_ACCUMULATE: Any = torch._C._functions.AccumulateGrad  # type: ignore[attr-defined]


class Leaves:
    """A bit for each leaf that requires grad, given when it is first met. Holds weak references."""

    def __init__(self) -> None:
        self._bits: dict[int, tuple[Any, int]] = {}
        self._refs: list[Any] = []

    def bit(self, leaf: torch.Tensor) -> int:
        """The bit of this leaf (a power of two)."""
        known = self._bits.get(id(leaf))
        if known is not None and known[0]() is leaf:
            return known[1]
        ref = weakref.ref(leaf)
        bit = 1 << len(self._refs)
        self._refs.append(ref)
        self._bits[id(leaf)] = (ref, bit)
        return bit

    def known(self, leaf: torch.Tensor) -> int:
        """Its bit, 0 if it was not met."""
        one = self._bits.get(id(leaf))
        return one[1] if one is not None and one[0]() is leaf else 0

    def release(self, leaf: torch.Tensor) -> None:
        """Let go of the weak reference (its tensor is about to be swapped with another)."""
        one = self._bits.pop(id(leaf), None)
        if one is not None:
            self._refs[one[1].bit_length() - 1] = lambda: None

    def tensors(self, mask: int) -> list[torch.Tensor]:
        """The living leaves of this mask."""
        found: list[torch.Tensor] = []
        while mask:
            low = mask & -mask
            tensor = self._refs[low.bit_length() - 1]()
            if tensor is not None:
                found.append(tensor)
            mask ^= low
        return found


class Reach:
    """Masks of the leaves below autograd nodes, each node looked at once.

    `fresh`: the nodes that were met since it was last emptied, deepest first. The keys keep the
    nodes, and with them what they saved, alive: `forget` at the end of each backward.
    """

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._below: dict[Any, int] = {}
        self.hidden: dict[Any, int] = {}
        """Leaves that a node will reach although no edge says so (a reentrant checkpoint)."""
        self.fresh: list[Any] = []

    def of(self, tensor: torch.Tensor) -> int:
        """Leaves that a gradient of this tensor arrives at."""
        try:
            if not tensor.requires_grad:
                return 0
            node = tensor.grad_fn
        except RuntimeError:
            return (
                0  # a view made under no_grad whose base was changed since: it has lost its graph
            )
        return self._leaves.bit(tensor) if node is None else self.below(node)

    def below(self, node: Any) -> int:
        """Leaves below this node."""
        below = self._below
        known = below.get(node)
        if known is not None:
            return known
        stack = [node]
        while stack:
            top = stack[-1]
            if top in below:
                stack.pop()
                continue
            if type(top) is _ACCUMULATE:
                variable = top.variable
                below[top] = self._leaves.bit(variable) if variable is not None else 0
                stack.pop()
                continue
            edges = [child for child, _ in top.next_functions if child is not None]
            unknown = [child for child in edges if child not in below]
            if unknown:
                stack.extend(unknown)
                continue
            mask = self.hidden.get(top, 0)
            for child in edges:
                mask |= below[child]
            below[top] = mask
            self.fresh.append(top)
            stack.pop()
        return below[node]

    def reaches_also(self, node: Any, mask: int) -> None:
        """The backward of `node` will lead to these leaves too."""
        self.hidden[node] = mask
        if node in self._below:
            self._below[node] |= mask

    def drop(self) -> dict[Any, tuple[int, int]]:
        """Let go of all nodes, and say by their keys what was known of them, for `adopt`."""
        known = {node_key(n): (m, self.hidden.get(n, 0)) for n, m in self._below.items()}
        self._below.clear()
        self.hidden.clear()
        return known

    def adopt(self, node: Any, known: tuple[int, int]) -> None:
        """The node is still alive."""
        self._below[node] = known[0]
        if known[1]:
            self.hidden[node] = known[1]

    def forget(self) -> None:
        """Let go of all nodes."""
        self._below.clear()
        self.hidden.clear()
        self.fresh = []
