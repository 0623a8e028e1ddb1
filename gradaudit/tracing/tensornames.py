"""What the user calls a tensor that turned up without a name."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import Any

import torch

from gradaudit.probes.framelocals import locals_of
from gradaudit.probes.names import _inside, clean_name, scopes, variable_name
from gradaudit.tracing.built import user_frames
from gradaudit.tracing.saved import is_leaf_node, node_of, nodes_below
from gradaudit.tracing.source import _body

NODES_SEARCHED = 4096
MODELS_SEARCHED = 64


def name_of(tensor: torch.Tensor, frame: FrameType | None) -> str:
    """`model.encoder.weight`, or the variable; "" where nothing around `frame` holds it."""
    if isinstance(tensor, torch.nn.Parameter) or tensor.is_leaf:
        path = _in_modules(tensor, frame)
        if path:
            return path
    return _variable(tensor, frame) or variable_name(tensor, frame) or ""


def _variable(tensor: torch.Tensor, frame: FrameType | None) -> str:
    """A variable, or an item in one; the variable of a loop, which says little, only at last."""
    turning = ""
    scopes_seen: list[Mapping[str, Any]] = []
    for one in user_frames(frame):
        inner = locals_of(one) if one.f_locals is not one.f_globals else {}
        for variables in (inner, one.f_globals):
            if any(variables is known for known in scopes_seen):
                continue
            scopes_seen.append(variables)
            names = [
                name
                for name, value in list(variables.items())
                if value is tensor and name != "self" and not name.startswith("__")
            ]
            loops = _loop_variables(one.f_code, one.f_globals) if names else frozenset[str]()
            steady = [name for name in names if name not in loops]
            if steady:
                return steady[0]
            turning = turning or (names[0] if names else "")
    for variables in scopes_seen if turning else ():
        for name, value in list(variables.items()):
            if not name.startswith("_"):
                for path, item in _inside(value, name):
                    if item is tensor:
                        return path
    return turning


def _loop_variables(code: CodeType, names: dict[str, Any]) -> frozenset[str]:
    """Names that a `for` in this function, or the comprehension itself, gives a value to."""
    if code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"):
        return frozenset(code.co_varnames)
    return frozenset(
        name.id
        for statement in _body(code, names)
        for node in ast.walk(statement)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension))
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    )


def _in_modules(tensor: torch.Tensor, frame: FrameType | None) -> str:
    searched = 0
    found = ""
    for variables in scopes(frame):
        for name, value in list(variables.items()):
            if not isinstance(value, torch.nn.Module) or name.startswith("__"):
                continue
            searched += 1
            if searched > MODELS_SEARCHED:
                return found
            for path, parameter in value.named_parameters(remove_duplicate=False):
                if parameter is tensor:
                    whole = f"{name}.{clean_name(path)}"
                    if not found or len(path) > len(found.partition(".")[2]):
                        # The whole model says more than one layer of it that a variable holds.
                        found = whole
        if found:
            return found
    return found


def named(name: str, otherwise: str = "this tensor") -> str:
    """In a sentence."""
    return f"`{name}`" if name else otherwise


def leaf_behind(tensor: torch.Tensor) -> tuple[torch.Tensor | None, bool]:
    """The only leaf that a value was computed from, and whether by a single operation.

    None where there are several.
    """
    node = node_of(tensor)
    if node is None:
        return None, False
    nodes = nodes_below([node], NODES_SEARCHED)
    leaves = [n.variable for n in nodes if is_leaf_node(n) and hasattr(n, "variable")]
    if len(leaves) != 1 or len(nodes) >= NODES_SEARCHED:
        return None, False
    return leaves[0], len(nodes) == 2
