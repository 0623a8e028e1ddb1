"""Does a Python value that one line makes flow into another line of the same function?

Where a value has left torch (`v = h.tolist()`), Python's own arithmetic cannot be followed while
it runs. The source can be read instead: names that are assigned from the first line's value, and
from those names, until the second line uses one. That is a good sign, not a proof.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NESTED = (*_DEFS, ast.ClassDef, ast.Lambda)


def flows(code: CodeType, names: dict[str, Any], start: int, end: int) -> bool:
    """Is anything that line `start` of `code` makes used at line `end`? False: not known.

    `names`: the globals, where linecache finds sources that are no files.
    """
    lines = linecache.getlines(code.co_filename, names)
    if not lines:
        return False
    return _flows("".join(lines), code.co_name, code.co_firstlineno, start, end)


@lru_cache(maxsize=8)
def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=256)
def _flows(source: str, name: str, first: int, start: int, end: int) -> bool:
    tree = _parsed(source)
    if tree is None:
        return False
    body = _body(tree, name, first)
    statements = list(_statements(body))
    made: set[str] = set()
    loops = [
        s
        for s in ast.walk(ast.Module(body, []))
        if isinstance(s, (ast.For, ast.While, ast.AsyncFor))
    ]
    again = any(_within(loop, start) and _within(loop, end) for loop in loops)
    for _ in range(2 if again else 1):
        for statement in statements:
            here, uses = _span(statement), _loads(statement)
            if here[0] <= start <= here[1] or uses & made:
                if here[0] <= end <= here[1]:
                    return True
                made |= _stores(statement)
            elif not isinstance(statement, ast.AugAssign):
                made -= _plain_stores(statement)
    return False


def _body(tree: ast.Module, name: str, first: int) -> list[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, _DEFS) and node.name == name:
            lines = {node.lineno, *(d.lineno for d in node.decorator_list)}
            if first in lines:
                return node.body
    return tree.body


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements in the order they are written; functions inside are not looked into."""
    for statement in body:
        yield statement
        if isinstance(statement, _NESTED):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)


def _span(statement: ast.stmt) -> tuple[int, int]:
    """First and last line; of a compound statement, of its head only."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return statement.lineno, max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, statement.end_lineno or statement.lineno


def _within(loop: ast.stmt, line: int) -> bool:
    return loop.lineno <= line <= (loop.end_lineno or loop.lineno)


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, of a compound one without its body."""
    inner = {"body", "orelse", "finalbody", "handlers"} if hasattr(statement, "body") else set()
    for field, value in ast.iter_fields(statement):
        if field in inner:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield from ast.walk(item)


def _loads(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    for node in _head(statement):
        if isinstance(node, ast.Name) and (
            isinstance(node.ctx, ast.Load) or isinstance(statement, ast.AugAssign)
        ):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            found.add(ast.unparse(node))
    return found


def _plain_stores(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in _head(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _stores(statement: ast.stmt) -> set[str]:
    found = _plain_stores(statement)
    for node in _head(statement):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            target = node.value if isinstance(node, ast.Subscript) else node
            found.add(ast.unparse(target))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # `values.append(v)`: the object the method belongs to holds the value now.
            found.add(ast.unparse(node.func.value))
    return found
