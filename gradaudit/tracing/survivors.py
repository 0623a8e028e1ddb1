"""What outlives a step, as plain numbers: which backward freed which part of a graph, and names.

Autograd numbers its nodes in the order in which they are made, so a number tells old from new
without holding a graph.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, NamedTuple

import torch

from gradaudit.causes import Site
from gradaudit.tracing.calls import Origin, Place
from gradaudit.tracing.saved import (
    FREED,
    INTACT,
    NodeKey,
    is_leaf_node,
    node_key,
    nodes_below,
    roots_of,
    saved_by,
)
from gradaudit.tracing.variables import holdings

BACKWARDS_WALKED = 4
BACKWARDS_KEPT = 32
NODES_KEPT = 20_000


class Ended(NamedTuple):
    """One backward that succeeded: `end`: nodes made before it have smaller numbers."""

    end: int
    site: Site | None
    roots: frozenset[NodeKey]


class Stepped(NamedTuple):
    """Something outside autograd changed parameters: an optimizer step, `load_state_dict`."""

    number: int
    op: str
    site: Site | None
    holds: Callable[[torch.Tensor], bool]


def next_number() -> int:
    """The number that autograd gives to the next node of this thread."""
    return int(torch._C._autograd._get_sequence_nr())  # type: ignore[attr-defined]


class Survivors:
    """The memory of an audit. Holds no tensor, no node and no frame."""

    def __init__(self) -> None:
        self.ended: deque[Ended] = deque(maxlen=BACKWARDS_KEPT)
        self.stepped: deque[Stepped] = deque(maxlen=BACKWARDS_KEPT)
        self.freed: dict[NodeKey, int] = {}
        """Nodes whose values a walked backward has freed, and the end of that backward."""
        self.walked: set[NodeKey] = set()
        """Nodes that a walked backward went through."""
        self.names: dict[tuple[NodeKey, int], str] = {}
        """The variables that held their results (by number) when a backward had ended."""
        self.origins: dict[NodeKey, tuple[str, Place | None]] = {}
        """The calls of a traced window that made them."""

    def backward_ended(
        self, roots: Iterable[Any], site: Site | None, frame: FrameType | None, number: int
    ) -> None:
        """A backward succeeded, the one of this number (from 0)."""
        nodes = roots_of(roots)
        end = next_number()
        self.ended.append(Ended(end, site, frozenset(node_key(n) for n in nodes)))
        if number < BACKWARDS_WALKED and len(self.walked) < NODES_KEPT:
            self._walk(nodes, end)
            self._look(frame)

    def plain_backward_ended(self, root: Any, site: Site | None) -> None:
        """The same of a backward that began at one node, and is not among the first."""
        self.ended.append(Ended(next_number(), site, frozenset((node_key(root),))))

    def _walk(self, roots: list[Any], end: int) -> None:
        below = [n for n in nodes_below(roots) if not is_leaf_node(n)]
        keys = [node_key(n) for n in below]
        self.walked.update(keys)
        for node in below:
            states = {kept.state for kept in saved_by(node)}
            if FREED in states:
                self.freed.update(dict.fromkeys((k for k in keys if k not in self.freed), end))
                return
            if INTACT in states:  # retain_graph
                return

    def _look(self, frame: FrameType | None) -> None:
        for held in holdings(frame):
            for tensor in held.tensors[-64:]:
                self.names.setdefault((node_key(tensor.grad_fn), tensor.output_nr), held.name)

    def keep(self, origins: Mapping[Any, Origin]) -> None:
        """The trace is about to forget these nodes: keep which call made them, and where."""
        if len(self.origins) + len(origins) > NODES_KEPT:
            self.origins.clear()
        for node, origin in origins.items():
            if not is_leaf_node(node):
                # The first is true: later a node is only met again.
                self.origins.setdefault(node_key(node), (origin.name, origin.place))

    def changed(self, op: str, site: Site | None, holds: Callable[[torch.Tensor], bool]) -> None:
        """`op` ("SGD.step") is changing the parameters of which `holds` is true."""
        self.stepped.append(Stepped(next_number(), op, site, holds))

    # ------------------------------------------------------------------ asked when it has raised

    def last_end(self) -> int:
        """Nodes with smaller numbers were made before the last backward had ended."""
        return self.ended[-1].end if self.ended else 0

    def freed_by(self, key: NodeKey) -> Ended | None:
        """The backward that freed this node: the first one after it was made."""
        known = self.freed.get(key)
        for one in self.ended:
            if one.end == known if known is not None else one.end > key[0]:
                return one
        return None

    def same_root(self, keys: Iterable[NodeKey]) -> Ended | None:
        """The last backward of the very same root."""
        wanted = set(keys)
        return next((one for one in reversed(self.ended) if one.roots & wanted), None)

    def changed_since(self, number: int, tensor: torch.Tensor) -> Stepped | None:
        """The first change of this parameter after the node `number` was made."""
        start = bisect.bisect_right([one.number for one in self.stepped], number)
        for one in list(self.stepped)[start:]:
            if one.holds(tensor):
                return one
        return None
