"""Where in a graph a gradient stopped being finite, and whether that arrived anywhere.

Worked out when the backward is over, or later still: from keys and names, so that a graph need not
be kept alive until the answers of a device have come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gradaudit.tracing.calls import Origin
from gradaudit.tracing.finite import INF
from gradaudit.tracing.node_risks import CARRIERS

LEAF = -1
"""In place of a key: a leaf, or a node that was made before the window."""


class Shape(NamedTuple):
    """A node without the node: its name, and where each of its gradients goes (None: nowhere).

    `following`: the key of the next node (or `LEAF`), and the position of the gradient there.
    """

    name: str
    custom: bool
    following: tuple[tuple[int, int] | None, ...]


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


class Paths:
    """The graph of a backward. `inner`: keys of nodes that were made while it ran."""

    def __init__(
        self, shape: Callable[[int], Shape | None], origins: Mapping[int, Origin], inner: set[int]
    ) -> None:
        self._shape, self._origins, self._inner = shape, origins, inner

    def trace_back(self, firings: Sequence[Firing]) -> Found | None:
        """The first birth that arrived at a leaf (or left the part of the graph that is known)."""
        walk = _Walk()
        for firing in firings:
            shape = self._shape(firing.key)
            incoming: list[_Path] = []
            if shape is not None:
                for i in range(64):
                    paths = walk.edges.get((firing.key, i))
                    if paths is None and i > 8:
                        break
                    incoming.extend(p for p in paths or () if p not in incoming)
            if firing.given_bad is False or (firing.given_bad is None and not incoming):
                incoming = [self._birth(firing, shape, walk)]
            elif not incoming:
                known = walk.paths[-1] if walk.paths and firing.key in self._inner else None
                path = known if known is not None else self._birth(firing, shape, walk)
                if known is None:
                    path.found.handed_in = True
                incoming = [path]
            self._hand_on(firing, shape, incoming, walk)
        arrived = [p for p in walk.paths if p.arrived]
        return arrived[0].found if arrived else None

    def _birth(self, firing: Firing, shape: Shape | None, walk: _Walk) -> _Path:
        custom = shape is not None and shape.custom
        if custom and walk.paths and walk.paths[-1].inner:
            return walk.paths[-1]  # in the backward that this node ran inside (a checkpoint)
        found = Found(
            firing.key, self._origins[firing.key], "" if shape is None else shape.name, custom,
            max(firing.bad.values(), default=INF), handed_in=False,
            certain=firing.given_bad is not None or shape is not None, gradient=firing.gradient,
        )  # fmt: skip
        path = _Path(found, inner=firing.key in self._inner)
        walk.paths.append(path)
        return path

    def _hand_on(
        self, firing: Firing, shape: Shape | None, paths: list[_Path], walk: _Walk
    ) -> None:
        if shape is None:
            for path in paths:
                path.arrived = True
            return
        for i in firing.bad:
            edge = shape.following[i] if i < len(shape.following) else None
            if edge is not None:
                self._reach(edge, paths, walk)

    def _reach(self, edge: tuple[int, int], paths: list[_Path], walk: _Walk) -> None:
        """Where the bad gradient went: a node that looks, or a leaf. What only carries it does
        not look, so behind it this says where it can have gone.
        """
        waiting = [edge]
        passed: set[int] = set()
        while waiting:
            key, position = waiting.pop()
            if key in passed:
                continue
            shape = None if key == LEAF else self._shape(key)
            if shape is None:
                for path in paths:
                    path.arrived = True
            elif shape.name in CARRIERS:
                passed.add(key)
                waiting.extend(further for further in shape.following if further is not None)
            else:
                known = walk.edges.setdefault((key, position), [])
                known.extend(p for p in paths if p not in known)


__all__ = ["LEAF", "Firing", "Found", "Paths", "Shape"]
