"""What the user calls a thing: the variable that holds it, the name inside its module."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from types import FrameType, FunctionType, ModuleType
from typing import Any

import torch

from gradaudit.probes.callsites import USER, kind_of_file
from gradaudit.probes.framelocals import locals_of

WRAPPERS = (
    "_orig_mod.",
    "_forward_module.",
    "_fsdp_wrapped_module.",
    "_checkpoint_wrapped_module.",
)
"""What torch.compile, Fabric, FSDP and checkpoint wrappers put into a qualified name."""

FRAMES_SEARCHED = 40
ITEMS_SEARCHED = 256


def clean_name(name: str) -> str:
    """A qualified name without the wrappers' parts."""
    for part in WRAPPERS:
        name = name.replace(part, "")
    return name


def scopes(frame: FrameType | None) -> Iterator[Mapping[str, Any]]:
    """The variables a user could name here: local ones, outwards, then those of `__main__`."""
    seen: set[int] = set()
    count = 0
    while frame is not None and count < FRAMES_SEARCHED:
        if kind_of_file(frame.f_code.co_filename) == USER:
            if frame.f_code.co_flags & inspect.CO_OPTIMIZED:
                yield locals_of(frame)
            elif frame.f_locals is not frame.f_globals:
                yield frame.f_locals
            if id(frame.f_globals) not in seen:
                seen.add(id(frame.f_globals))
                yield frame.f_globals
        frame = frame.f_back
        count += 1
    main = sys.modules.get("__main__")
    if main is not None and id(vars(main)) not in seen:
        yield vars(main)


_PLAIN = (str, bytes, int, float, bool, type(None), ModuleType, FunctionType, type)


def _inside(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """One level into lists, dicts and plain objects: (how the user would write it, value)."""
    if isinstance(value, (list, tuple)):
        for i, item in enumerate(list(value)[:ITEMS_SEARCHED]):  # type: ignore[misc]
            yield f"{name}[{i}]", item
    elif isinstance(value, dict):
        for key, item in list(value.items())[:ITEMS_SEARCHED]:  # type: ignore[misc]
            yield f"{name}[{key!r}]", item
    elif not isinstance(value, (*_PLAIN, torch.Tensor, torch.nn.Module)):
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            for key, item in list(attributes.items())[:ITEMS_SEARCHED]:  # type: ignore[misc]
                yield (key if name == "self" else f"{name}.{key}"), item


def variable_name(target: Any, frame: FrameType | None) -> str | None:
    """How the code around `frame` names `target`: a variable, else one item or attribute deep."""
    deeper: list[tuple[str, Any]] = []
    for variables in scopes(frame):
        own: list[tuple[str, Any]] = []
        for name, value in list(variables.items()):
            if value is target and name != "self" and not name.startswith("__"):
                return name
            if not name.startswith("_"):
                own.append((name, value))
        for name, value in own:
            for inner, item in _inside(value, name):
                if item is target:
                    return inner
                if isinstance(item, (list, tuple, dict)):
                    deeper.append((inner, item))
    for name, value in deeper:
        for inner, item in _inside(value, name):
            if item is target:
                return inner
    return None


def module_path_of(target: Any, module: torch.nn.Module) -> str | None:
    """Where a module keeps a tensor or layer that it has not registered: `blocks[0].weight`.

    Looks into plain attributes, lists, tuples, sets and dicts, three levels deep.
    """
    for prefix, owner in module.named_modules():
        for name, value in list(vars(owner).items()):
            if name in _OWN_ATTRIBUTES:
                continue
            path = _search(value, name, target, 0)
            if path is not None:
                return clean_name(f"{prefix}.{path}" if prefix else path)
    return None


_OWN_ATTRIBUTES = frozenset(vars(torch.nn.Module()))


def _search(value: Any, name: str, target: Any, depth: int) -> str | None:
    if value is target:
        return name
    if isinstance(value, torch.nn.Module):
        for inner, parameter in value.named_parameters():
            if parameter is target:
                return f"{name}.{inner}"
        return None
    if depth >= 3 or isinstance(value, (*_PLAIN, torch.Tensor)):
        return None
    if isinstance(value, (list, tuple, set, frozenset)):
        for i, item in enumerate(list(value)[:ITEMS_SEARCHED]):  # type: ignore[misc]
            path = _search(item, f"{name}.{i}", target, depth + 1)
            if path is not None:
                return path
    elif isinstance(value, dict):
        for key, item in list(value.items())[:ITEMS_SEARCHED]:  # type: ignore[misc]
            path = _search(item, f"{name}.{key}", target, depth + 1)
            if path is not None:
                return path
    else:
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict) and depth < 2:
            for key, item in list(attributes.items())[:ITEMS_SEARCHED]:  # type: ignore[misc]
                path = _search(item, f"{name}.{key}", target, depth + 1)
                if path is not None:
                    return path
    return None
