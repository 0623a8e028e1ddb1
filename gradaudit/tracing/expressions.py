"""What a plain expression in the user's code stands for: looked up, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import FrameType
from typing import Any

import torch

from gradaudit.probes.framelocals import locals_of
from gradaudit.tracing.calls import Place
from gradaudit.tracing.source import statement_at, statements


def inwards(node: ast.AST) -> Iterable[ast.AST]:
    """The expression, and what it is a part or a view of."""
    yield node
    while True:
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return
        yield node


def value_of(node: ast.AST, frame: FrameType) -> Any:
    """What a plain path of names, attributes and constant keys stands for; None where unknown."""
    if isinstance(node, ast.Name):
        return locals_of(frame).get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, frame)
        if isinstance(owner, torch.nn.Module):
            return {**vars(owner), **owner._parameters, **owner._modules}.get(node.attr)
        return getattr(owner, "__dict__", {}).get(node.attr)
    if isinstance(node, ast.Subscript):
        owner, key = value_of(node.value, frame), _key(node.slice, frame)
        if key is None:
            return None
        if isinstance(owner, (list, tuple, dict, torch.nn.ModuleList, torch.nn.Sequential)):
            try:
                return owner[key]  # type: ignore[index]
            except (IndexError, KeyError, TypeError):
                return None
    return None


def _key(node: ast.AST, frame: FrameType) -> int | str | None:
    value = node.value if isinstance(node, ast.Constant) else value_of(node, frame)
    return value if isinstance(value, (int, str)) else None


def named_roots(frame: FrameType | None, line: int | None) -> list[Any]:
    """What the line that raised calls `backward` or `grad` on, as far as it names it."""
    if frame is None:
        return []
    place = Place(frame.f_code, frame.f_lineno if line is None else line, frame.f_globals)
    statement = statement_at(place)
    return [] if statement is None else _roots_in(statement, frame, backward=True)


def given_to_grad(frame: FrameType) -> list[tuple[Place, list[Any]]]:
    """The lines of this function that call `autograd.grad`, and the tensors they give to it."""
    found: list[tuple[Place, list[Any]]] = []
    for statement in statements(frame.f_code, frame.f_globals):
        roots = _roots_in(statement, frame, backward=False)
        if roots:
            found.append((Place(frame.f_code, statement.lineno, frame.f_globals), roots))
    return found


def _roots_in(statement: ast.stmt, frame: FrameType, *, backward: bool) -> list[Any]:
    found: list[Any] = []
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if backward and called == "backward" and isinstance(node.func, ast.Attribute):
            found.append(value_of(node.func.value, frame))
        if called == "grad" or (isinstance(node.func, ast.Name) and node.func.id == "grad"):
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "outputs")]
            for one in given:
                # `grad(y.sum(), x)`: the graph of `y` is all of it but the sum.
                found += [value_of(part, frame) for part in inwards(one)]
    return [one for one in found if isinstance(one, torch.Tensor)]
