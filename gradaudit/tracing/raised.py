"""An error of autograd, explained: which value, which line, from the graph as the error left it.

Nothing in here changes the exception or keeps it, its traceback, a frame or a tensor.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, NamedTuple

import torch

from gradaudit.causes import Cause, Site
from gradaudit.probes.callsites import LIBRARY, USER, kind_of_file, site_of_code
from gradaudit.probes.framelocals import locals_of
from gradaudit.tracing.built import cause_at, user_frames
from gradaudit.tracing.calls import Place, site_at
from gradaudit.tracing.edits import EditTrace, Modified, find_modified
from gradaudit.tracing.expressions import inwards, named_roots, value_of
from gradaudit.tracing.opnames import shown
from gradaudit.tracing.reused import find_reused
from gradaudit.tracing.saved import is_leaf_node, node_key, saver_name, storage_of
from gradaudit.tracing.source import base_name, called_at, changed_name, operator, statement_at
from gradaudit.tracing.survivors import Survivors
from gradaudit.tracing.writes import tensor_edits

_RULES = (
    ("GA701", "has been modified by an inplace operation"),
    ("GA702", "leaf Variable that requires grad is being used in an in-place operation"),
    ("GA703", "Trying to backward through the graph a second time"),
)


class Explained(NamedTuple):
    """The fields of an `AutogradRaised` event; `leaves`: the parameters concerned, to be named.

    Lives as long as it takes to make the event of it: it holds tensors.
    """

    rule: str
    error: str
    tensor: str
    cause: Cause
    saved_by: str
    saved_at: Site | None
    backward_site: Site | None
    earlier_site: Site | None
    leaves: list[torch.Tensor]


def rule_of(error: BaseException) -> str | None:
    """The code that explains this exception, None where none does."""
    if not isinstance(error, RuntimeError):
        return None
    text = str(error)
    return next((code for code, words in _RULES if words in text), None)


def explain(
    error: BaseException,
    roots: Iterable[Any] | None,
    trace: EditTrace | None,
    survivors: Survivors,
    frame: FrameType | None,
    site: Site | None = None,
) -> Explained | None:
    """What is behind this exception; None where it is none of autograd's.

    `roots`: of the backward that raised it, None where it was raised elsewhere (then it has its
    traceback); `frame`: the user's frame that was running, `site` its line.
    """
    rule = rule_of(error)
    if rule is None:
        return None
    line = None
    raised = _raised_in(error.__traceback__)
    if raised is not None and (frame is None or roots is None):
        frame, line = raised
        site = site_of_code(frame.f_code, line, frame.f_globals)
    text = f"{type(error).__name__}: {error}"
    if rule == "GA702":
        return _on_leaf(text, frame, line, site)
    if roots is None:
        roots = named_roots(frame, line)
    if rule == "GA701":
        return _modified(error, text, list(roots), trace, survivors, frame, site)
    found = find_reused(roots, trace, survivors, frame)
    if found is None:
        cause = Cause("reused-graph", certain=False)
        return Explained(rule, text, "", cause, "", None, site, None, [])
    op = shown(found.op) if found.op else None
    cause = cause_at("reused-graph", found.place, op, certain=found.certain)
    earlier = None if found.earlier is None else found.earlier.site
    return Explained(rule, text, found.name, cause, "", None, site, earlier, [])


def _raised_in(traceback: TracebackType | None) -> tuple[FrameType, int] | None:
    """The innermost frame of the user's code in it (else of a library), and its line."""
    user = library = None
    while traceback is not None:
        kind = kind_of_file(traceback.tb_frame.f_code.co_filename)
        if kind == USER:
            user = traceback.tb_frame, traceback.tb_lineno
        elif kind == LIBRARY:
            library = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    return user or library


# ---------------------------------------------------------------------- GA701


def _modified(
    error: BaseException,
    text: str,
    roots: list[Any],
    trace: EditTrace | None,
    survivors: Survivors,
    frame: FrameType | None,
    site: Site | None,
) -> Explained:
    found = find_modified(roots, error, trace)
    if found is None:
        cause = Cause("inplace-edit", certain=False)
        return Explained("GA701", text, "", cause, _named_in(text), None, site, None, [])
    name = ""
    op, made = survivors.origins.get(node_key(found.node), ("", None))
    if trace is not None and not op:
        op, made = trace.origin_of(found.node)
    saved_by = saver_name(found.node, op)
    leaf = _leaf_behind(found)
    cause = Cause("inplace-edit", certain=False)
    step = None
    if leaf is not None:
        step = survivors.changed_since(found.node._sequence_nr(), leaf)
    edit = found.edit
    if edit is not None and step is not None and step.number < edit.number:
        edit = None  # it came later
    if edit is not None and edit.place is not None:
        name = changed_name(edit.place, edit.name)
        op = called_at(edit.place, edit.name) or shown(edit.name)
        cause = cause_at("inplace-edit", edit.place, op, certain=True)
    elif step is not None:
        cause = Cause.at("inplace-edit", step.site, op=step.op)
    elif found.data is not None:
        name, cause = _written_here(found.data, frame)
    leaves = [] if leaf is None else [leaf]
    if leaf is not None:
        name = ""
    return Explained("GA701", text, name, cause, saved_by, site_at(made), site, None, leaves)


def _written_here(data: torch.Tensor, frame: FrameType | None) -> tuple[str, Cause]:
    """Not traced: a variable here has the value, and one line of its function writes into it."""
    storage = storage_of(data)
    for one in user_frames(frame):
        for name, value in list(locals_of(one).items()):
            if not storage or not isinstance(value, torch.Tensor):
                continue
            if storage_of(value) != storage:
                continue
            lines = tensor_edits(one.f_code, one.f_globals, name)
            if len(lines) == 1:
                return name, cause_at("inplace-edit", lines[0], None, certain=False)
    return "", Cause("inplace-edit", certain=False)


def _leaf_behind(found: Modified) -> torch.Tensor | None:
    """The leaf whose memory the changed value lies in, if the node got it from one."""
    if found.data is None:
        return None
    storage = storage_of(found.data)
    nodes = [found.node]
    for _ in range(4):  # a weight comes through a few views at most
        below = [child for node in nodes for child, _ in node.next_functions if child is not None]
        for node in below:
            if is_leaf_node(node) and storage_of(node.variable) == storage:
                return node.variable
        nodes = below[:16]
    return None


def _named_in(text: str) -> str:
    """`Relu` of "..., which is output 0 of Relu, is at version 1"."""
    _, found, rest = text.partition("which is output ")
    if not found:
        return ""
    return rest.partition(" of ")[2].partition(",")[0].partition("Backward")[0]


# ---------------------------------------------------------------------- GA702


def _on_leaf(text: str, frame: FrameType | None, line: int | None, site: Site | None) -> Explained:
    name, op, leaf = "", None, None
    place = None
    if frame is not None:
        place = Place(frame.f_code, frame.f_lineno if line is None else line, frame.f_globals)
        statement = statement_at(place)
        if statement is not None:
            name, op, leaf = _leaf_changed(statement, frame)
    cause = cause_at("inplace-edit", place, op, certain=place is not None)
    leaves = [] if leaf is None else [leaf]
    return Explained("GA702", text, name, cause, "", None, None, None, leaves)


def _leaf_changed(
    statement: ast.stmt, frame: FrameType
) -> tuple[str, str | None, torch.Tensor | None]:
    """The leaf that this statement changes: how it is written, by which operation, the tensor."""
    tried: list[tuple[ast.AST, str | None]] = []
    if isinstance(statement, ast.AugAssign):
        tried.append((statement.target, operator(statement.op)))
    elif isinstance(statement, ast.Assign):
        tried += [
            (target.value, shown("__setitem__"))
            for target in statement.targets
            if isinstance(target, ast.Subscript)
        ]
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_"):
                tried.append((node.func.value, f"Tensor.{node.func.attr}"))
            tried += [(one, ast.unparse(node.func)) for one in node.args]
    for node, op in tried:
        for expression in inwards(node):
            value = value_of(expression, frame)
            if isinstance(value, torch.Tensor):
                leaf = value._base if value._base is not None else value
                if leaf.is_leaf and leaf.requires_grad:
                    return base_name(node) or ast.unparse(expression), op, leaf
    if tried and not isinstance(statement, (ast.Expr, ast.Return)):
        return base_name(tried[0][0]), tried[0][1], None
    return "", tried[0][1] if tried else None, None
