"""The backward half of the births: which node was given finite gradients and handed on others.

A hook behind every node that can change a number looks at what the node hands on. In a healthy
backward that is one sum a gradient, and nothing is kept. A node that hands on something bad leaves
a `Firing`; which of them were births, and whether these arrived anywhere, is worked out afterwards
along the edges of the graph (a gradient that is masked on its way harms nobody).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from gradaudit.probes.modes import modes_disabled
from gradaudit.tracing.calls import Call, Origin
from gradaudit.tracing.finite import FINITE, FLOATING, INF, Flags, look
from gradaudit.tracing.node_risks import CARRIERS
from gradaudit.tracing.saved import node_key


@dataclass(slots=True)
class Firing:
    """A node has run. `bad`: position among what it hands on -> INF or NAN (or the flag's place).

    `given_bad`: it was given something bad already (None: to be told from the edges).
    `gradient`: storage of the bad gradient that it was given, or else of the one it hands on.
    """

    key: int
    bad: dict[int, int]
    given_bad: bool | None
    gradient: int = 0


@dataclass(slots=True)
class Found:
    """The node in which a gradient stopped being finite. `handed_in`: it was given to it so."""

    key: int
    origin: Origin
    node_name: str
    custom: bool
    value: int
    handed_in: bool
    certain: bool
    gradient: int


@dataclass(slots=True)
class _Path:
    """One birth on its way through the graph."""

    found: Found
    arrived: bool = False
    inner: bool = False
    order: int = 0


@dataclass(slots=True)
class _Walk:
    edges: dict[tuple[int, int], list[_Path]] = field(
        default_factory=lambda: dict[tuple[int, int], list[_Path]]()
    )
    paths: list[_Path] = field(default_factory=lambda: list[_Path]())


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

    def take_firings(self, answers: Sequence[int] = ()) -> list[Firing]:
        """Those that handed on something bad, in the order of the backward. Begins anew."""
        firings, self._firings = self._firings, []
        if not self.deferred:
            return firings
        if not answers:
            return []
        kept: list[Firing] = []
        for firing in firings:
            firing.bad = {i: v for i, flag in firing.bad.items() if (v := answers[flag])}
            if firing.bad:
                kept.append(firing)
        return kept

    # ------------------------------------------------------------------ afterwards

    def trace_back(self, firings: Sequence[Firing]) -> Found | None:
        """The first birth that arrived at a leaf (or left the part of the graph that is known)."""
        walk = _Walk()
        for firing in firings:
            node = self._nodes.get(firing.key)
            incoming: list[_Path] = []
            if node is not None:
                for i in range(64):
                    paths = walk.edges.get((firing.key, i))
                    if paths is None and i > 8:
                        break
                    incoming.extend(p for p in paths or () if p not in incoming)
            if firing.given_bad is False or (firing.given_bad is None and not incoming):
                incoming = [self._birth(firing, node, walk)]
            elif not incoming:
                known = walk.paths[-1] if walk.paths and firing.key in self._inner else None
                path = known if known is not None else self._birth(firing, node, walk)
                if known is None:
                    path.found.handed_in = True
                incoming = [path]
            self._hand_on(firing, node, incoming, walk)
        arrived = [p for p in walk.paths if p.arrived]
        return arrived[0].found if arrived else None

    def _birth(self, firing: Firing, node: Any, walk: _Walk) -> _Path:
        custom = hasattr(type(node), "_forward_cls")
        if custom and walk.paths and walk.paths[-1].inner:
            return walk.paths[-1]  # in the backward that this node ran inside (a checkpoint)
        name = "" if node is None else type(node).__name__
        found = Found(
            firing.key, self._origins[firing.key], name, custom,
            max(firing.bad.values(), default=INF), handed_in=False,
            certain=firing.given_bad is not None or node is not None, gradient=firing.gradient,
        )  # fmt: skip
        path = _Path(found, inner=firing.key in self._inner)
        walk.paths.append(path)
        return path

    def _hand_on(self, firing: Firing, node: Any, paths: list[_Path], walk: _Walk) -> None:
        if node is None:
            for path in paths:
                path.arrived = True
            return
        following = node.next_functions
        for i in firing.bad:
            if i < len(following):
                child, position = following[i]
                self._reach(child, position, paths, walk)

    def _reach(self, node: Any, position: int, paths: list[_Path], walk: _Walk) -> None:
        """Where the bad gradient went: a node that looks, or a leaf. What only carries it does
        not look, so behind it this says where it can have gone.
        """
        waiting: list[tuple[Any, int]] = [(node, position)]
        passed: set[Any] = set()
        while waiting:
            node, position = waiting.pop()
            if node is None or node in passed:
                continue
            key = self._keys.get(node)
            if key is None:  # a leaf, or a node that was made before the window
                for path in paths:
                    path.arrived = True
            elif type(node).__name__ in CARRIERS:
                passed.add(node)
                waiting.extend(node.next_functions)
            else:
                known = walk.edges.setdefault((key, position), [])
                known.extend(p for p in paths if p not in known)

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
        self._origins.clear()
        self._inner.clear()
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


__all__ = ["FINITE", "BackwardWatch", "Firing", "Found"]
