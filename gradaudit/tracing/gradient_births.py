"""The backward half of the births: which node was given finite gradients and handed on others.

A hook behind every node that can change a number looks at what the node hands on. In a healthy
backward that is one sum a gradient, and nothing is kept. A node that hands on something bad leaves
a `Firing`; which of them were births, and whether these arrived anywhere, is worked out afterwards
along the edges of the graph (a gradient that is masked on its way harms nobody).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from gradaudit.probes.modes import modes_disabled
from gradaudit.tracing.calls import Call, Origin
from gradaudit.tracing.finite import FLOATING, Flags, look
from gradaudit.tracing.gradient_paths import LEAF, Firing, Paths, Shape
from gradaudit.tracing.node_risks import CARRIERS
from gradaudit.tracing.saved import node_key


class BackwardWatch:
    """Hooks on nodes, and what they saw. Holds nodes (not tensors) until their backward is over."""

    def __init__(self) -> None:
        self.in_backward = False
        self.deferred = False
        self.flags = Flags()
        self._nodes: dict[int, Any] = {}
        self._keys: dict[Any, int] = {}
        self._origins: dict[int, Origin] = {}
        self._next = self._since = 0
        self._inner: set[int] = set()
        self._fired: list[int] = []
        self._firings: list[Firing] = []
        self._closed = False

    def hook(self, call: Call) -> Sequence[int]:
        """Look behind the nodes this call has made. Their keys."""
        origin = Origin(call.number, call.name, call.place, call.module)
        me: weakref.ref[BackwardWatch] = weakref.ref(self)
        first = self._next
        inner = self.in_backward
        for node in call.fresh:
            key = self._next
            self._next += 1
            self._origins[key] = origin
            if inner:
                # Of a recomputation: its graph must not live longer than it would.
                self._inner.add(key)
            else:
                self._nodes[key] = node
                self._keys[node] = key
            if type(node).__name__ not in CARRIERS:
                # The hook knows no node: it would keep itself alive.
                node.register_hook(partial(_ran, me, key))
        return range(first, self._next)

    def ran(self, key: int, handed_on: Sequence[Any], given: Sequence[Any]) -> None:
        """The node has run."""
        if self._closed or key < self._since:
            return
        self._fired.append(key)
        if self.deferred:
            flags = {
                i: self.flags.ask(g.detach())
                for i, g in enumerate(handed_on)
                if g is not None and g.dtype in FLOATING
            }
            if flags:
                self._firings.append(Firing(key, flags, None))
            return
        bad: dict[int, int] | None = None
        for i, g in enumerate(handed_on):
            if g is not None and g.dtype in FLOATING:
                value = look(g.detach() if g.requires_grad else g)
                if value:
                    bad = bad if bad is not None else {}
                    bad[i] = value
        if bad is None:
            return
        culprits = [g for g in given if g is not None and look(g.detach())]
        of = culprits[0] if culprits else handed_on[next(iter(bad))]
        try:
            storage = of.untyped_storage()._cdata
        except (RuntimeError, NotImplementedError):
            storage = 0
        self._firings.append(Firing(key, bad, bool(culprits), storage))

    def take_firings(self) -> list[Firing]:
        """Those that handed on something bad, or may have, in their order. Begins anew."""
        firings, self._firings = self._firings, []
        return firings

    # ------------------------------------------------------------------ afterwards

    def paths(self) -> Paths:
        """The graph as it is now: to be asked before `forget_fired`."""
        return Paths(self._shape, self._origins, self._inner)

    def kept_paths(self) -> Paths:
        """The same for later, without the graph."""
        shapes = {key: self._shape(key) for key in self._nodes}
        return Paths(shapes.get, self._origins, self._inner)

    def _shape(self, key: int) -> Shape | None:
        node = self._nodes.get(key)
        if node is None:
            return None
        keys = self._keys
        following = tuple(
            None if child is None else (keys.get(child, LEAF), position)
            for child, position in node.next_functions
        )
        return Shape(type(node).__name__, hasattr(type(node), "_forward_cls"), following)

    def forget_fired(self) -> None:
        """The backward is over: let go of the nodes it ran."""
        for key in self._fired:
            node = self._nodes.pop(key, None)
            if node is not None:
                self._keys.pop(node, None)
        self._fired.clear()

    def drop(self) -> dict[Any, int]:
        """Let go of all nodes, and say by their keys which they were, for `adopt`."""
        known = {node_key(node): key for node, key in self._keys.items()}
        self._keys.clear()
        self._nodes.clear()
        return known

    def adopt(self, node: Any, key: int) -> None:
        """The node is still alive."""
        self._nodes[key] = node
        self._keys[node] = key

    def close(self) -> None:
        """Hooks do nothing from now on; nothing is held."""
        self._closed = True
        self.forget()

    def forget(self) -> None:
        """The same for the nodes there are now."""
        self._since = self._next
        self._nodes.clear()
        self._keys.clear()
        self._origins, self._inner = {}, set()  # an ending may still need those it had
        self._fired.clear()
        self._firings.clear()


def _ran(watch: weakref.ref[BackwardWatch], key: int, handed_on: Any, given: Any) -> None:
    me = watch()
    if me is None:
        return
    # Never an error in the user's backward, and never a number of ours in a user's mode.
    with torch._C.DisableTorchFunction(), modes_disabled():
        try:
            me.ran(key, handed_on, given)
        except (RuntimeError, NotImplementedError, TypeError, AttributeError):
            me.close()


__all__ = ["BackwardWatch"]
