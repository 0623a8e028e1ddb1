"""Which value was built once and used by two backwards (GA703)."""

from __future__ import annotations

from collections.abc import Iterable
from types import FrameType
from typing import Any, NamedTuple, TypeAlias

import torch

from gradaudit.probes.names import variable_name
from gradaudit.tracing.built import built_at, user_frames
from gradaudit.tracing.calls import Place, site_at
from gradaudit.tracing.edits import EditTrace
from gradaudit.tracing.expressions import given_to_grad
from gradaudit.tracing.saved import (
    NodeKey,
    is_freed,
    is_leaf_node,
    node_key,
    nodes_below,
    roots_of,
)
from gradaudit.tracing.survivors import Ended, Survivors
from gradaudit.tracing.variables import Holding, holdings

BORDER_SEARCHED = 64
Edge: TypeAlias = tuple[Any, int]
"""A node and the number of one of its results."""


class Reused(NamedTuple):
    """The value, by the user's name of it ("" unknown), the line that built it, and who freed it.

    `op`: torch's name of the call that made it; `certain`: it is this value and this line.
    """

    name: str
    place: Place | None
    op: str
    earlier: Ended | None
    certain: bool


def find_reused(
    roots: Iterable[Any], trace: EditTrace | None, survivors: Survivors, frame: FrameType | None
) -> Reused | None:
    """The value below `roots` whose graph a backward had freed before; None: not found."""
    roots = list(roots)
    starts = [n for n in roots_of(roots) if not is_leaf_node(n)]
    if not starts:
        return None
    again = survivors.same_root(node_key(n) for n in starts)
    if again is not None:
        tensor = next((r for r in roots if isinstance(r, torch.Tensor)), None)
        name = "" if tensor is None else variable_name(tensor, frame) or ""
        return _told(starts[0], name, again, trace, survivors, frame, carried=False, certain=True)
    nodes = [n for n in nodes_below(starts) if not is_leaf_node(n)]
    held = list(holdings(frame))
    old, certain = _old_part(nodes, survivors, held)
    if not old:
        return _freed_by_grad(nodes, starts, trace, survivors, frame)
    border = _border(nodes, starts, old)
    if not border:
        return None
    named = [(edge, _name_of(edge, survivors, held)) for edge in border]
    if not any(name for _, name in named):
        # What a variable holds may lie above what was freed (the last state of a layer).
        end = survivors.last_end()
        if any(n._sequence_nr() >= end for n in nodes):
            above = _border(nodes, starts, {n for n in nodes if n._sequence_nr() < end})
            named += [(edge, _name_of(edge, survivors, held)) for edge in above]
    (node, _), name = next((one for one in named if one[1]), (border[0], ""))
    name = name or _carrier(node, held, frame)
    earlier = survivors.freed_by(node_key(node))
    return _told(node, name, earlier, trace, survivors, frame, carried=True, certain=certain)


def _freed_by_grad(
    nodes: list[Any],
    starts: list[Any],
    trace: EditTrace | None,
    survivors: Survivors,
    frame: FrameType | None,
) -> Reused | None:
    """All of it is new: was a part of it given to `autograd.grad` in the functions that run?"""
    for one in user_frames(frame):
        for place, tensors in given_to_grad(one):
            below = set(nodes_below(roots_of(tensors))).intersection(nodes)
            border = _border(nodes, starts, below)
            if not border:
                continue
            earlier = Ended(0, site_at(place), frozenset())
            node = border[0][0]
            name = next(
                (h.name for h in holdings(frame) if any(t.grad_fn is node for t in h.tensors)), ""
            )
            return _told(node, name, earlier, trace, survivors, frame, carried=False, certain=True)
    return None


def _old_part(nodes: list[Any], survivors: Survivors, held: list[Holding]) -> tuple[set[Any], bool]:
    """Those of the nodes that belonged to an earlier backward, and whether that is sure."""
    known = {n for n in nodes if node_key(n) in survivors.freed}
    if known:
        return known, True
    end = survivors.last_end()
    young = [n for n in nodes if n._sequence_nr() >= end]
    if young:
        return {n for n in nodes if n._sequence_nr() < end}, True
    # All of it was there before: the losses of earlier backwards that still live tell the rest.
    losses: set[NodeKey] = set()
    for one in survivors.ended:
        losses |= one.roots
    below: set[Any] = set()
    for one in held:
        for tensor in one.tensors:
            if tensor.grad_fn is not None and node_key(tensor.grad_fn) in losses:
                below.update(nodes_below([tensor.grad_fn]))
    return below.intersection(nodes), True


def _border(nodes: list[Any], starts: list[Any], old: set[Any]) -> list[Edge]:
    """The old results that the new part uses directly, above freed values; youngest first."""
    used: set[Edge] = {(n, 0) for n in starts if n in old}
    for node in nodes:
        if node not in old:
            used.update((child, i) for child, i in node.next_functions if child in old)
    border = sorted(used, key=lambda edge: (-edge[0]._sequence_nr(), edge[1]))
    return [
        edge
        for edge in border[:BORDER_SEARCHED]
        if any(is_freed(below) for below in nodes_below([edge[0]]))
    ]


def _name_of(edge: Edge, survivors: Survivors, held: list[Holding]) -> str:
    node, number = edge
    for one in held:
        if any(t.grad_fn is node and t.output_nr == number for t in one.tensors):
            return one.name
    return survivors.names.get((node_key(node), number), "")


def _carrier(node: Any, held: list[Holding], frame: FrameType | None) -> str:
    """The variable that carries this value into itself, if the source shows one and only one."""
    found: list[tuple[int, str]] = []
    for one in held:
        built = built_at(one.name, one.owner, frame, None, carried=True)
        if built is None or not (built.certain and built.itself) or one.container:
            continue
        below = nodes_below([t.grad_fn for t in one.tensors])
        if node in below:
            found.append((len(below), one.name))
    return min(found)[1] if found else ""


def _told(
    node: Any,
    name: str,
    earlier: Ended | None,
    trace: EditTrace | None,
    survivors: Survivors,
    frame: FrameType | None,
    *,
    carried: bool,
    certain: bool,
) -> Reused:
    op, made = survivors.origins.get(node_key(node), ("", None))
    if trace is not None and not op:
        op, made = trace.origin_of(node)
    place, sure = made, certain
    if name:
        owner = next((h.owner for h in holdings(frame) if h.name == name), None)
        built = built_at(name, owner, frame, made, carried=carried)
        if built is not None:
            place, sure = built.place, certain and built.certain
    return Reused(name, place, op, earlier, sure and place is not None)
