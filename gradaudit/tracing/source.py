"""What a line of the user's code does to a variable: read from the source, once something is wrong.

Names are given as the user writes them ("h", "self.h"); of a subscript its base counts.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from gradaudit.tracing.calls import Place

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ALIASES = frozenset(("data", "detach", "numpy", "cpu", "view", "requires_grad_"))
"""`h.detach().numpy()` is the memory of `h`."""
_STARTS = frozenset(
    ("zeros", "ones", "empty", "full", "rand", "randn", "tensor", "float", "int", "list", "dict",
     "new_zeros", "new_ones", "zeros_like", "ones_like", "defaultdict", "deque", "None")
)  # fmt: skip
"""Calls that give something to begin with, and no graph."""
_CUTS = frozenset(("detach", "detach_", "item", "tolist", "numpy"))
_KEEP_CUT = frozenset(("clone", "cpu", "cuda", "to", "float", "contiguous", "requires_grad_"))
_INTO_LISTS = frozenset(("append", "extend", "insert", "appendleft", "add", "update", "setdefault"))


class Binding(NamedTuple):
    """A statement that gives a variable a value.

    `place`: its first line; `last`: its last; `start`: the value is a constant, an empty thing or
    something detached, and so has no graph;
    `itself`: the value is computed from the variable's old one; `looped`: it is inside a loop.
    """

    place: Place
    last: int
    start: bool
    itself: bool
    looped: bool


@lru_cache(maxsize=8)
def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _body(code: CodeType, names: dict[str, Any]) -> list[ast.stmt]:
    lines = linecache.getlines(code.co_filename, names)
    tree = _parsed("".join(lines)) if lines else None
    if tree is None:
        return []
    if code.co_name == "<module>":
        return tree.body
    for node in ast.walk(tree):
        if (
            isinstance(node, _FUNCTIONS)
            and node.name == code.co_name
            and code.co_firstlineno in {node.lineno, *(d.lineno for d in node.decorator_list)}
        ):
            return node.body
    return []


def _simple(body: list[ast.stmt], looped: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements without a body of their own, in order; nested functions are left out."""
    for statement in body:
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue
        inner = looped or isinstance(statement, _LOOPS)
        compound = False
        for field in ("body", "orelse", "finalbody"):
            part: list[ast.stmt] | None = getattr(statement, field, None)
            if part:
                compound = True
                yield from _simple(part, inner)
        for handler in getattr(statement, "handlers", ()):
            yield from _simple(handler.body, inner)
        for case in getattr(statement, "cases", ()):
            compound = True
            yield from _simple(case.body, inner)
        if not compound:
            yield statement, looped


def statement_at(place: Place) -> ast.stmt | None:
    """The simple statement that this line belongs to."""
    for statement, _ in _simple(_body(place.code, place.names)):
        if statement.lineno <= place.line <= (statement.end_lineno or statement.lineno):
            return statement
    return None


def statements(code: CodeType, names: dict[str, Any]) -> Iterator[ast.stmt]:
    """All simple statements of this function, in order."""
    for statement, _ in _simple(_body(code, names)):
        yield statement


def base_name(node: ast.AST, *, subscripts: bool = False) -> str:
    """`h` of `h.data`, `h.detach().numpy()`, and of `h[0]` with `subscripts`; "" of no variable."""
    while True:
        if isinstance(node, ast.Attribute) and node.attr in _ALIASES:
            node = node.value
        elif isinstance(node, ast.Call) and method_name(node) in _ALIASES:
            assert isinstance(node.func, ast.Attribute)
            node = node.func.value
        elif isinstance(node, ast.Subscript) and (subscripts or _through_alias(node.value)):
            node = node.value
        else:
            break
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and _is_path(node):
        return ast.unparse(node)
    return ""


def _through_alias(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _ALIASES
    return isinstance(node, ast.Call) and method_name(node) in _ALIASES


def _is_path(node: ast.AST) -> bool:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return isinstance(node, ast.Name)


def method_name(node: ast.AST) -> str:
    """`add_` of the call `x.add_(1)`; "" of anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return ""


def changed_name(place: Place, op: str) -> str:
    """How this line writes the tensor that `op` ("__iadd__", "clamp_") changes; "" not known."""
    statement = statement_at(place)
    if statement is None:
        return ""
    if isinstance(statement, ast.AugAssign):
        return base_name(statement.target)
    if isinstance(statement, ast.Assign) and op == "__setitem__":
        for target in statement.targets:
            if isinstance(target, ast.Subscript):
                return base_name(target.value)
    if isinstance(statement, ast.Assign) and op in ("data=", "grad="):
        for target in statement.targets:
            if isinstance(target, ast.Attribute):
                return base_name(target.value) or base_name(target)
    first = ""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else ""
        if called == op and isinstance(function, ast.Attribute):
            owner = ast.unparse(function.value)
            if owner not in ("torch", "F", "nn.functional", "torch.nn.functional", "init"):
                return base_name(function.value)
        if node.args and not first and called not in ("step", "load_state_dict", "backward"):
            first = base_name(node.args[0])
    return first


def bindings(code: CodeType, names: dict[str, Any], variable: str) -> list[Binding]:
    """The statements of this function that give `variable` a value, or a list of it an item."""
    found: list[Binding] = []
    for statement, looped in _simple(_body(code, names)):
        value = _bound(statement, variable)
        if value is None:
            continue
        itself = isinstance(statement, (ast.AugAssign, ast.Expr)) or _mentions(value, variable)
        found.append(
            Binding(
                Place(code, statement.lineno, names),
                statement.end_lineno or statement.lineno,
                _is_cut(value)
                or (not itself and _is_start(value))
                or (isinstance(statement, ast.AugAssign) and _is_number(value)),
                itself,
                looped,
            )
        )
    return found


def _bound(statement: ast.stmt, variable: str) -> ast.expr | None:
    """The value that the statement gives to the variable."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _INTO_LISTS
            and call.args
            and base_name(call.func.value, subscripts=True) == variable
        ):
            return call
        return None
    else:
        return None
    if any(_stores(target, variable) for target in targets):
        return statement.value
    return None


def _stores(target: ast.expr, variable: str) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(_stores(one, variable) for one in target.elts)
    if isinstance(target, ast.Starred):
        return _stores(target.value, variable)
    if isinstance(target, ast.Subscript):
        return base_name(target.value, subscripts=True) == variable
    if isinstance(target, (ast.Name, ast.Attribute)):
        return ast.unparse(target) == variable
    return False


def _mentions(value: ast.expr, variable: str) -> bool:
    return any(
        isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == variable
        for node in ast.walk(value)
    )


def _is_cut(value: ast.expr) -> bool:
    """Does it end in `.detach()` or the like, or is it a collection of such?"""
    if isinstance(value, ast.Attribute):
        return value.attr == "data"
    if isinstance(value, (ast.Tuple, ast.List)):
        return bool(value.elts) and all(_is_cut(one) for one in value.elts)
    if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
        return _is_cut(value.elt)
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        return (
            value.func.id in ("tuple", "list") and len(value.args) == 1 and _is_cut(value.args[0])
        )
    if method_name(value) in _KEEP_CUT and isinstance(value.func, ast.Attribute):
        return _is_cut(value.func.value)
    return method_name(value) in _CUTS


def _is_number(value: ast.expr) -> bool:
    """Is it plainly a number: a constant, a length, a part of a shape?"""
    if isinstance(value, ast.Subscript):
        value = value.value
    if isinstance(value, ast.Attribute):
        return value.attr == "shape"
    if isinstance(value, ast.Call):
        name = value.func.id if isinstance(value.func, ast.Name) else method_name(value)
        return name in ("len", "int", "float", "size", "numel", "time")
    return isinstance(value, ast.Constant)


def _is_start(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return all(_is_start(one) for one in value.elts)
    if isinstance(value, ast.Dict):
        return all(_is_start(one) for one in value.values)
    if isinstance(value, ast.UnaryOp):
        return _is_start(value.operand)
    if isinstance(value, ast.ListComp):
        return _is_start(value.elt)
    if isinstance(value, ast.Call):
        name = value.func.id if isinstance(value.func, ast.Name) else method_name(value)
        return name in _STARTS or (name in ("to", "cuda") and _is_start_ofmethod_name(value))
    return False


def _is_start_ofmethod_name(value: ast.Call) -> bool:
    return isinstance(value.func, ast.Attribute) and _is_start(value.func.value)


def called_at(place: Place, op: str) -> str:
    """How this line writes what `op` did: `+=`, or the function inside of which it happened.

    "" where the line says `op` itself.
    """
    statement = statement_at(place)
    if isinstance(statement, ast.AugAssign):
        return operator(statement.op)
    if statement is None or op in ("__setitem__", "data="):
        return ""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    names = {method_name(node) or getattr(node.func, "id", "") for node in calls}
    return "" if op in names or not calls else ast.unparse(calls[0].func)


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=", ast.Pow: "**=", ast.Mod: "%=",
    ast.FloorDiv: "//=", ast.MatMult: "@=", ast.BitAnd: "&=", ast.BitOr: "|=", ast.BitXor: "^=",
    ast.LShift: "<<=", ast.RShift: ">>=",
}  # fmt: skip


def operator(kind: ast.operator) -> str:
    """`+=` of an augmented assignment."""
    return _OPERATORS[type(kind)]
