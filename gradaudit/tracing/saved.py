"""What an autograd node keeps for its backward, read without changing or unpacking anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import torch

from gradaudit.tracing.opnames import shown

NODES_WALKED = 100_000
LEAF_NUMBER = 2**64 - 1
"""The sequence number that every AccumulateGrad has."""

INTACT, FREED, CHANGED = "intact", "freed", "changed"
_FREED_TEXT = "second time"
_CHANGED_TEXT = "modified by an inplace operation"

NodeKey: TypeAlias = tuple[int, str]
"""A node as plain data: its sequence number, and its name, for threads count by themselves."""

_slots: dict[str, tuple[str, ...]] = {}


class Saved(NamedTuple):
    """One value that a node keeps. Lives as long as it is looked at: it may hold a tensor.

    `slot`: torch's name of it ("self", "result"); `state`: INTACT, FREED or CHANGED (its version
    is not the one that was saved); `error`: what reading it raised; `data`: the value as it is in
    memory now, whatever its version.
    """

    slot: str
    state: str
    error: str
    data: torch.Tensor | None


def node_key(node: Any) -> NodeKey:
    """The node as plain data."""
    return node._sequence_nr(), node.name()


def is_leaf_node(node: Any) -> bool:
    """Is it an AccumulateGrad?"""
    return node._sequence_nr() == LEAF_NUMBER


def node_of(tensor: torch.Tensor) -> Any:
    """The node that made it; None of a leaf, and where autograd forbids to ask."""
    try:
        return tensor.grad_fn
    except RuntimeError:  # a view made under no_grad, whose base was changed since
        return None


def roots_of(roots: Iterable[Any]) -> list[Any]:
    """The nodes that a backward of these tensors or graph edges begins with."""
    found: list[Any] = []
    for root in roots:
        node = node_of(root) if isinstance(root, torch.Tensor) else getattr(root, "node", None)
        if node is not None:
            found.append(node)
    return found


def nodes_below(roots: Iterable[Any], limit: int = NODES_WALKED) -> list[Any]:
    """These nodes and all below them, AccumulateGrad too, at most `limit`."""
    seen: set[Any] = set()
    order: list[Any] = []
    stack = list(roots)
    while stack and len(order) < limit:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        stack.extend(child for child, _ in node.next_functions if child is not None)
    return order


def saved_by(node: Any) -> Iterator[Saved]:
    """Every tensor that the node keeps; those that hooks packed are left alone."""
    if getattr(type(node), "_forward_cls", None) is not None:
        yield from _saved_by_function(node)
        return
    name = node.name()
    slots = _slots.get(name)
    if slots is None:
        slots = tuple(a[len("_raw_saved_") :] for a in dir(node) if a.startswith("_raw_saved_"))
        _slots[name] = slots
    for slot in slots:
        try:
            raw = getattr(node, f"_raw_saved_{slot}")
        except RuntimeError as error:
            yield _failed(slot, error, None)
            continue
        several: list[Any] = list(raw) if isinstance(raw, (list, tuple)) else [raw]
        if any(_hooked(one) for one in several):
            continue
        data = next((one.data for one in several if one.data is not None), None)
        try:
            value = getattr(node, f"_saved_{slot}")
        except RuntimeError as error:
            yield _failed(slot, error, data)
            continue
        if value is None:
            continue
        for one in several:
            if one.data is not None:
                yield Saved(slot, INTACT, "", one.data)


def _saved_by_function(node: Any) -> Iterator[Saved]:
    """Of a custom `autograd.Function`."""
    try:
        raw: tuple[Any, ...] = tuple(node._raw_saved_tensors or ())
    except RuntimeError as error:
        yield _failed("saved", error, None)
        return
    if not raw or any(_hooked(one) for one in raw):
        return
    try:
        values: tuple[Any, ...] = tuple(node.saved_tensors)
    except RuntimeError as error:
        # Which of them it is, the error tells by the version that it has now.
        now = re.search(r"is at version (\d+)", str(error))
        data = [one.data for one in raw if one.data is not None]
        changed = [d for d in data if now is not None and d._version == int(now[1])]
        for one in changed or data or [None]:
            yield _failed("saved", error, one)
        return
    for one, value in zip(raw, values, strict=True):
        if value is not None and one.data is not None:
            yield Saved("saved", INTACT, "", one.data)


def _hooked(raw: Any) -> bool:
    return raw.unpack_hook is not None


def _failed(slot: str, error: RuntimeError, data: torch.Tensor | None) -> Saved:
    text = str(error)
    if _CHANGED_TEXT in text:
        return Saved(slot, CHANGED, text, data)
    return Saved(slot, FREED if _FREED_TEXT in text else INTACT, text, data)


def is_freed(node: Any) -> bool:
    """Has a backward freed what this node kept? False where it keeps nothing."""
    return any(one.state == FREED for one in saved_by(node))


def storage_of(tensor: torch.Tensor) -> int:
    """Which memory it lives in: 0 where it has none that can be named."""
    try:
        return tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError, AttributeError):
        return 0


def saver_name(node: Any, op: str) -> str:
    """The operation that made this node, as the user would call it. `op`: torch's name, or ""."""
    custom = getattr(type(node), "_forward_cls", None)
    if custom is not None:
        return f"{custom.__name__}.apply"
    return shown(op) if op else node.name().rpartition("::")[2].partition("Backward")[0]
