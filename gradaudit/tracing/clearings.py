"""Where the user's source takes a gradient away by hand: `x.grad = None`, `del x.grad`."""

from __future__ import annotations

import ast
import linecache
from types import FrameType
from typing import NamedTuple

from gradaudit.causes import Site
from gradaudit.probes.callsites import USER, kind_of_file, shown_path

FRAMES_SEARCHED = 40


class _Found(NamedTuple):
    owner: str
    op: str
    site: Site


def cleared_by_hand(frame: FrameType | None, name: str) -> tuple[Site, str] | None:
    """The line that must have done it, and how it is written; None where several may have.

    Looked for in the files of the functions that are running. `name`: of the tensor.
    """
    found: list[_Found] = []
    seen: set[str] = set()
    count = 0
    while frame is not None and count < FRAMES_SEARCHED:
        file = frame.f_code.co_filename
        if file not in seen and kind_of_file(file) == USER:
            seen.add(file)
            lines = linecache.getlines(file, frame.f_globals)
            try:
                tree = ast.parse("".join(lines))
            except (SyntaxError, ValueError, RecursionError):
                return None
            _search(tree, "<module>", shown_path(file), lines, found)
        frame = frame.f_back
        count += 1
    own = [one for one in found if one.owner == name] if len(found) > 1 else found
    return (own[0].site, own[0].op) if len(own) == 1 else None


def _search(node: ast.AST, function: str, file: str, lines: list[str], found: list[_Found]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = function
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = child.name
        targets: list[ast.expr] = []
        op = "grad = None"
        if isinstance(child, ast.Assign) and _is_none(child.value):
            targets = child.targets
        elif isinstance(child, ast.Delete):
            targets, op = child.targets, "del grad"
        for target in targets:
            for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(one, ast.Attribute) and one.attr == "grad":
                    text = lines[one.lineno - 1].strip()
                    site = Site(file, one.lineno, function, text)
                    found.append(_Found(ast.unparse(one.value), op, site))
        _search(child, inner, file, lines, found)


def _is_none(value: ast.expr) -> bool:
    if isinstance(value, ast.Tuple):
        return all(_is_none(one) for one in value.elts)
    return isinstance(value, ast.Constant) and value.value is None
