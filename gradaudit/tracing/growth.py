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
from gradaudit.tracing.built import built_at, cause_at
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
    """What was seen of one variable: plain numbers.

    `roots`, `before`: its nodes at the last look and at the one before; `used`: a backward has been
    through its graph; `freed`: and has freed it; `container`: a list or a dict.
    """

    sizes: list[int] = field(default_factory=list[int])
    steps: list[int] = field(default_factory=list[int])
    roots: set[NodeKey] = field(default_factory=set[NodeKey])
    before: set[NodeKey] = field(default_factory=set[NodeKey])
    used: bool = False
    freed: bool = False
    container: bool = False
    told: Cause | None = None


class _Suspect(NamedTuple):
    held: Holding
    track: _Track
    nodes: frozenset[NodeKey]


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
        seen: dict[str, Holding] = {}
        for held in holdings(frame):
            if not held.bounded:
                seen.setdefault(held.name, held)
        found: list[Growing] = []
        for name in [name for name in self._tracks if name not in seen]:
            found += self._ended(name, step, 0)
        suspects: list[_Suspect] = []
        for held in seen.values():
            found += self._compare(held, step, suspects)
        for i, one in enumerate(suspects):
            if any(_same_chain(one, other) for other in suspects[:i]):
                continue
            cause = one.track.told = one.track.told or _cause(one.held, frame)
            track = one.track
            found.append(Growing(one.held.name, tuple(track.sizes), tuple(track.steps), cause))
        return found

    def _compare(self, held: Holding, step: int, suspects: list[_Suspect]) -> list[Growing]:
        track = self._tracks.get(held.name)
        nodes = _below([t.grad_fn for t in held.tensors])
        if nodes is None:
            return []
        size = len(nodes)
        roots = {node_key(t.grad_fn) for t in held.tensors}
        if track is None or not (track.roots <= nodes.keys() and size > track.sizes[-1]):
            ended = self._ended(held.name, step, size)
            self._tracks[held.name] = _Track([size], [step], roots, container=held.container)
            return ended
        track.sizes.append(size)
        track.steps.append(step)
        track.before, track.roots = track.roots, roots
        if not track.freed:
            self._ask(track, nodes)
        if track.used and _steady(track):
            suspects.append(_Suspect(held, track, frozenset(nodes)))
        return []

    def _ended(self, name: str, step: int, size: int) -> list[Growing]:
        """It was let go. A list that is emptied now and then, or a chain of steps, is no leak."""
        track = self._tracks.pop(name, None)
        if track is None or track.told is None or (track.freed and not track.container):
            return []
        return [Growing(name, (*track.sizes, size), (*track.steps, step), track.told)]

    def _ask(self, track: _Track, nodes: dict[NodeKey, Any]) -> None:
        """Has a backward been through the oldest of these nodes?"""
        for key in sorted(nodes)[:NODES_ASKED]:
            track.used = track.used or key in self._survivors.walked
            if any(saved.state == FREED for saved in saved_by(nodes[key])):
                track.used = track.freed = True
                return


def _same_chain(one: _Suspect, other: _Suspect) -> bool:
    """Two names of one thing, or two parts of one state: each was computed from the other."""
    return one.track.before <= other.nodes and other.track.before <= one.nodes


def _cause(held: Holding, frame: FrameType | None) -> Cause:
    built = built_at(held.name, held.owner, frame, None, carried=True)
    if built is None:
        return Cause("kept-graph", certain=False)
    return cause_at("kept-graph", built.place, None, certain=built.certain)


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
