"""Does a variable hold a graph that grows with every step (GA705)?

A graph that waits for its backward may grow as long as it likes: episodes, meta-losses, windows of
accumulation. What counts is a graph that a backward has been through already, or has freed, and
that is held all the same, the graph of the look before inside the one of this look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple

from gradaudit.causes import Cause
from gradaudit.probes.callsites import user_frame
from gradaudit.tracing.built import built_at
from gradaudit.tracing.calls import site_at
from gradaudit.tracing.saved import FREED, NodeKey, is_leaf_node, node_key, saved_by
from gradaudit.tracing.survivors import Survivors
from gradaudit.tracing.variables import Holding, holdings

LOOKS = frozenset((1, 2, 3, 4, 5, 6, 8, 16, 32, 64, 128, 256, 512, 1024))
STEPS_GROWN = 3
NODES_COUNTED = 60_000
"""In one variable; a larger graph is watched no further."""
UNEVEN = 4.0
"""The largest growth per step may be this many times the smallest."""
NODES_ASKED = 400


class Growing(NamedTuple):
    """The fields of a `GraphGrew` event. The last size is smaller where it has been let go."""

    tensor: str
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    cause: Cause | None


@dataclass(slots=True)
class _Track:
    """What was seen of one variable: plain numbers."""

    sizes: list[int] = field(default_factory=lambda: [])
    steps: list[int] = field(default_factory=lambda: [])
    roots: set[NodeKey] = field(default_factory=lambda: set())
    used: bool = False
    told: Cause | None = None


class GrowthWatch:
    """Looks at the variables after some of the steps. Holds no tensor and no node."""

    def __init__(self, survivors: Survivors) -> None:
        self._survivors = survivors
        self._tracks: dict[str, _Track] = {}

    @staticmethod
    def is_due(step: int) -> bool:
        """Is something to be looked at when `step` steps are complete?"""
        return step in LOOKS

    def look(self, step: int, frame: FrameType | None) -> list[Growing]:
        """Which variables have grown at every look so far, and which of those have shrunk again."""
        frame = user_frame(frame) if frame is not None else None
        found: list[Growing] = []
        seen: dict[str, Holding] = {}
        for held in holdings(frame):
            if not held.bounded:
                seen.setdefault(held.name, held)
        counted: dict[NodeKey, frozenset[Any]] = {}
        for name, track in list(self._tracks.items()):
            if name not in seen:
                found += self._ended(name, track, step, 0)
        for name, held in seen.items():
            track = self._tracks.setdefault(name, _Track())
            found += self._compare(track, held, step, frame, counted)
        return found

    def _compare(
        self,
        track: _Track,
        held: Holding,
        step: int,
        frame: FrameType | None,
        counted: dict[NodeKey, frozenset[Any]],
    ) -> list[Growing]:
        roots = {node_key(t.grad_fn): t.grad_fn for t in held.tensors}
        nodes = _below(list(roots.values()))
        if nodes is None:
            return []
        size = len(nodes)
        keeps = track.roots <= nodes.keys()
        if track.sizes and not (keeps and size > track.sizes[-1]):
            ended = self._ended(held.name, track, step, size)
            self._tracks[held.name] = _Track([size], [step], set(roots))
            return ended
        track.sizes.append(size)
        track.steps.append(step)
        if not track.used and track.roots:
            track.used = self._used(nodes)
        track.roots = set(roots)
        if not _steady(track) or not track.used:
            return []
        if track.told is None:
            built = built_at(held.name, held.owner, frame, None, carried=True)
            site = None if built is None else site_at(built.place)
            track.told = Cause("kept-graph", certain=False)
            if built is not None and site is not None:
                track.told = Cause(
                    "kept-graph", None, site.file, site.line, site.function,
                    certain=built.certain, source=site.text,
                )  # fmt: skip
        return [Growing(held.name, tuple(track.sizes), tuple(track.steps), track.told)]

    def _ended(self, name: str, track: _Track, step: int, size: int) -> list[Growing]:
        """It was let go: whoever was told of it has to know."""
        self._tracks.pop(name, None)
        if track.told is None:
            return []
        sizes, steps = (*track.sizes, size), (*track.steps, step)
        return [Growing(name, sizes, steps, track.told)]

    def _used(self, nodes: dict[NodeKey, Any]) -> bool:
        """Has a backward been through the oldest of these nodes?"""
        for asked, key in enumerate(sorted(nodes)):
            if asked >= NODES_ASKED:
                return False
            if key in self._survivors.walked or any(s.state == FREED for s in saved_by(nodes[key])):
                return True
        return False


def _below(roots: list[Any]) -> dict[NodeKey, Any] | None:
    """The nodes below, leaves left out; None where there are too many."""
    found: dict[NodeKey, Any] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if is_leaf_node(node):
            continue
        key = node_key(node)
        if key in found:
            continue
        found[key] = node
        if len(found) > NODES_COUNTED:
            return None
        stack.extend(child for child, _ in node.next_functions if child is not None)
    return found


def _steady(track: _Track) -> bool:
    """Grown at every look, over enough steps, by about as much a step."""
    if len(track.steps) < 2 or track.steps[-1] - track.steps[0] < STEPS_GROWN:
        return False
    rates = [
        (after - before) / (later - earlier)
        for before, after, earlier, later in zip(
            track.sizes, track.sizes[1:], track.steps, track.steps[1:], strict=False
        )
    ]
    return len(rates) >= STEPS_GROWN and max(rates) <= UNEVEN * min(rates)
