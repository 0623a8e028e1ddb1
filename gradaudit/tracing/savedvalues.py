"""Which node of a graph made something non-finite of finite values, told by what nodes have saved.

A node saves some of its inputs and outputs for its backward. A saved value that was computed knows
the node that made it, so these values say of many nodes whether their result was finite. Between
those that are known there may be nodes of which nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from gradaudit.tracing.finite import FINITE, INF, NAN, WORDS, look
from gradaudit.tracing.saved import INTACT, is_leaf_node, saved_by

NODES_LOOKED_AT = 5000
MASKS = ("MaskedFillBackward", "WhereBackward", "ConstantPadNd", "TrilBackward", "TriuBackward")


@dataclass(frozen=True, slots=True)
class Culprit:
    """`among`: positions of the nodes one of which it is, the one that is known to be bad last;
    `given`: a saved input that nobody computed was non-finite already.
    """

    among: tuple[int, ...]
    value: str
    given: bool = False


def first_bad(nodes: Sequence[Any]) -> Culprit | None:
    """The earliest of `nodes` (in the order in which they were made; the last one made a loss that
    is not finite). None where a parameter is bad already, or nothing can be told.
    """
    if len(nodes) > NODES_LOOKED_AT:
        return None
    if _poisoned(nodes):
        return None  # by an earlier step: no news
    result: dict[Any, int] = {}
    """Of each node whether its result is finite, where a saved value tells."""
    given: dict[Any, int] = {}
    """Of each node the worst of its saved inputs that were computed by none."""
    for node in nodes:
        for saved in saved_by(node):
            if saved.state != INTACT or saved.data is None:
                continue
            known, maker = _maker(node, saved.slot)
            if not known:
                continue
            value = look(saved.data)
            if maker is not None:
                result[maker] = max(result.get(maker, FINITE), value)
            elif value:
                given[node] = max(given.get(node, FINITE), value)
    for value in (NAN, INF):
        found = _earliest(nodes, result, given, value)
        if found is not None:
            return found
    return None


def _earliest(
    nodes: Sequence[Any], result: dict[Any, int], given: dict[Any, int], value: int
) -> Culprit | None:
    position = {node: i for i, node in enumerate(nodes)}
    last = nodes[-1] if nodes else None
    for i, node in enumerate(nodes):
        bad = result.get(node, FINITE)
        if node is last and node not in result:
            bad = value  # the loss
        outside = given.get(node, FINITE)
        if outside == NAN or (outside and not _is_mask(node) and bad):
            return Culprit((i,), WORDS[outside], given=True)
        if bad != value or (value == INF and _is_mask(node)):
            continue
        # Back through nodes of which nothing is known, until finite values.
        among: set[int] = {i}
        waiting = [c for c, _ in node.next_functions if c is not None]
        inherited: Culprit | None = None
        while waiting:
            child = waiting.pop()
            if is_leaf_node(child) or child not in position or position[child] in among:
                continue
            known = result.get(child)
            if known == INF and value == NAN and not _is_mask(child):
                inherited = _earliest(nodes, result, given, INF)
                break
            if known is None:
                among.add(position[child])
                waiting.extend(c for c, _ in child.next_functions if c is not None)
        if inherited is not None:
            return inherited
        return Culprit(tuple(sorted(among)), WORDS[value])
    return None


def _is_mask(node: Any) -> bool:
    return type(node).__name__.startswith(MASKS)


def _maker(node: Any, slot: str) -> tuple[bool, Any]:
    """Is it known who made the saved value, and the node that did (None: nobody, a leaf)."""
    try:
        value = getattr(node, f"_saved_{slot}", None)
    except RuntimeError:
        return False, None
    if not isinstance(value, torch.Tensor):
        return False, None
    return True, value.grad_fn


def _poisoned(nodes: Sequence[Any]) -> bool:
    """Is a leaf of the graph non-finite itself?"""
    seen: set[int] = set()
    for node in nodes:
        for child, _ in node.next_functions:
            if child is not None and is_leaf_node(child) and id(child.variable) not in seen:
                seen.add(id(child.variable))
                if look(child.variable):
                    return True
    return False


__all__ = ["Culprit", "first_bad"]
