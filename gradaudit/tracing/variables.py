"""The user's variables that hold tensors: plain ones, and what lies in lists, dicts and objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import torch

from gradaudit.probes.names import scopes
from gradaudit.tracing.saved import node_of

ITEMS_SEARCHED = 4096
MODULES_SEARCHED = 256
_PLAIN = (str, bytes, int, float, bool, type(None), ModuleType, FunctionType, type)
_MODULE_ATTRIBUTES = frozenset(vars(torch.nn.Module()))


class Holding(NamedTuple):
    """A variable, and the tensors with a graph in it.

    `name`: as the user writes it ("h", "self.h", "losses"); `variable`: without an index;
    `owner`: the object whose attribute it is, None for a plain variable; `bounded`: it is a
    container that drops its oldest items by itself; `container`: it is a list or a dict.
    """

    name: str
    owner: Any
    tensors: list[torch.Tensor]
    bounded: bool
    container: bool


def holdings(frame: FrameType | None) -> Iterator[Holding]:
    """Every variable that can be named from `frame` and holds a tensor with a graph."""
    seen: set[int] = set()
    for variables in scopes(frame):
        for name, value in list(variables.items()):
            if name.startswith("__") or id(value) in seen:
                continue
            if isinstance(value, torch.Tensor):
                if node_of(value) is not None:
                    seen.add(id(value))
                    yield Holding(name, None, [value], bounded=False, container=False)
            elif isinstance(value, (list, tuple, dict, deque)):
                seen.add(id(value))  # type: ignore[arg-type]
                yield from _container(name, None, value)
            elif not isinstance(value, _PLAIN):
                yield from _object(name, value, seen)


def _object(name: str, value: Any, seen: set[int]) -> Iterator[Holding]:
    if isinstance(value, torch.nn.Module):
        for i, (prefix, module) in enumerate(value.named_modules()):
            if i >= MODULES_SEARCHED:
                return
            path = f"{name}.{prefix}" if prefix else name
            yield from _attributes(path, module, seen, _MODULE_ATTRIBUTES)
    elif isinstance(getattr(value, "__dict__", None), dict):
        yield from _attributes(name, value, seen, frozenset())


def _attributes(
    name: str, value: Any, seen: set[int], skipped: frozenset[str]
) -> Iterator[Holding]:
    if id(value) in seen:
        return
    seen.add(id(value))
    for key, item in list(vars(value).items())[:ITEMS_SEARCHED]:
        if key in skipped:
            continue
        if isinstance(item, torch.Tensor):
            if node_of(item) is not None:
                yield Holding(f"{name}.{key}", value, [item], bounded=False, container=False)
        elif isinstance(item, (list, tuple, dict, deque)):
            yield from _container(f"{name}.{key}", value, item)


def _container(name: str, owner: Any, value: Any) -> Iterator[Holding]:
    items = _items(value)
    tensors: list[torch.Tensor] = []
    for item in items[-ITEMS_SEARCHED:]:
        if isinstance(item, torch.Tensor):
            if node_of(item) is not None:
                tensors.append(item)
        elif isinstance(item, (tuple, list, dict)):
            tensors += [
                t
                for t in _items(item)[:64]
                if isinstance(t, torch.Tensor) and node_of(t) is not None
            ]
    if tensors:
        bounded = isinstance(value, deque) and value.maxlen is not None  # type: ignore[misc]
        growing = isinstance(value, (list, dict, deque))
        yield Holding(name, owner, tensors, bounded, growing)


def _items(value: Any) -> list[Any]:
    """The items as they lie there, whatever a class of the user's makes of them."""
    if isinstance(value, dict):
        return list(dict.values(value))  # type: ignore[misc]
    if isinstance(value, list):
        return list.copy(value)  # type: ignore[misc]
    return list(tuple.__iter__(value) if isinstance(value, tuple) else deque.__iter__(value))
