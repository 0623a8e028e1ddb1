"""Which lines of a function write into a variable's memory, read from the source."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

from gradaudit.tracing.calls import Place
from gradaudit.tracing.source import base_name, method_name, statement_at, statements

_INTO_NUMPY = frozenset(("fill", "sort", "partition", "itemset", "put", "resize"))


def tensor_edits(code: CodeType, names: dict[str, Any], variable: str) -> list[Place]:
    """The lines of this function that change the tensor in `variable` in place."""
    return [
        Place(code, statement.lineno, names)
        for statement in statements(code, names)
        if _changes_tensor(statement, variable)
    ]


def _changes_tensor(statement: ast.stmt, variable: str) -> bool:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AugAssign):
        targets.append(statement.target)
    elif isinstance(statement, ast.Assign):
        targets += [t for t in statement.targets if isinstance(t, ast.Subscript)]
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call):
            continue
        name = method_name(node)
        targets += [k.value for k in node.keywords if k.arg == "out"]
        if name.endswith("_") and not name.startswith("_") and name != "requires_grad_":
            assert isinstance(node.func, ast.Attribute)
            targets.append(node.func.value)
        if any(k.arg == "inplace" for k in node.keywords):
            targets += node.args[:1]
    return any(base_name(target, subscripts=True) == variable for target in targets)


def array_edits(place: Place) -> tuple[str, list[Place]]:
    """An array shares a tensor's memory from this line on: its name, and the lines that change it.

    The line itself is among them where it changes the array at once; only lines of the same
    function, from this one on, are looked at.
    """
    statement = statement_at(place)
    if statement is None:
        return "", []
    found: list[Place] = []
    here = Place(place.code, statement.lineno, place.names)
    if isinstance(statement, ast.AugAssign):
        return base_name(statement.target, subscripts=True), [here]
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return base_name(statement.targets[0], subscripts=True), [here]
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        changes = _changes_array(statement, None)
        if changes:
            return changes, [here]
        return _edits_inside(statement, place.names)
    target = statement.targets[0]
    array = ast.unparse(target) if isinstance(target, (ast.Name, ast.Attribute)) else ""
    sources = {array} - {""}
    # `torch.from_numpy(buffer)`: it is the array given that others write to.
    for node in ast.walk(statement.value):
        if isinstance(node, ast.Call) and node.args:
            sources |= {base_name(node.args[0])} - {""}
    for other in statements(place.code, place.names):
        if other.lineno > statement.lineno and any(_changes_array(other, one) for one in sources):
            found.append(Place(place.code, other.lineno, place.names))
    return base_name(statement.value, subscripts=True) or array, found


def _edits_inside(statement: ast.stmt, names: dict[str, Any]) -> tuple[str, list[Place]]:
    """The lines of a called function of the user's that write into the array it is given."""
    for node in ast.walk(statement):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        code = getattr(names.get(node.func.id), "__code__", None)
        for i, given in enumerate(node.args):
            if not isinstance(code, CodeType) or method_name(given) != "numpy":
                continue
            if i < code.co_argcount:
                parameter = code.co_varnames[i]
                return base_name(given), [
                    Place(code, one.lineno, names)
                    for one in statements(code, names)
                    if _changes_array(one, parameter)
                ]
    return "", []


def _changes_array(statement: ast.stmt, array: str | None) -> str | None:
    """The array that this statement writes into, if it is `array` (None: any)."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = [t for t in statement.targets if isinstance(t, ast.Subscript)]
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            targets += [k.value for k in node.keywords if k.arg == "out"]
            if method_name(node) in _INTO_NUMPY and isinstance(node.func, ast.Attribute):
                targets.append(node.func.value)
            if method_name(node) in ("copyto", "place", "put", "putmask", "shuffle") and node.args:
                targets.append(node.args[0])
    for target in targets:
        name = base_name(target, subscripts=True)
        if name and (array is None or name == array):
            return name
    return None
