"""Which line of the user's code is running: the innermost frame that is no library's."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Any

import torch

from gradaudit.events import Site

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_LIBRARIES = tuple(
    {
        os.path.abspath(path) + os.sep
        for name, path in sysconfig.get_paths().items()
        if name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
)
_INTEGRATIONS = tuple(
    os.sep + name + os.sep
    for name in ("gradaudit_lightning", "gradaudit_transformers", "gradaudit_tensorboard")
)
_NOTEBOOK = ("<ipython-input", "<stdin>", "<string>", "<console>")

_COMPREHENSIONS = frozenset(("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"))

_kinds: dict[str, int] = {}
_sites: dict[tuple[str, object, int], Site] = {}
_places: dict[tuple[int, int], tuple[CodeType, Site]] = {}
_stacks: dict[tuple[int, ...], tuple[tuple[CodeType, ...], str]] = {}
"""What has been asked before, by the ids of code objects, which are kept so that no other code gets
their id, and of instructions: to hash code, or to look for its line, reads all of it.
"""
SITES_KEPT = 4096
STACK_KEPT = 6
FRAMES_LOOKED_AT = 60

USER, LIBRARY, HIDDEN = 0, 1, 2


def kind_of_file(filename: str) -> int:
    """USER, LIBRARY (site-packages, standard library) or HIDDEN (torch, gradaudit, generated)."""
    kind = _kinds.get(filename)
    if kind is None:
        kind = _kinds[filename] = _kind_of_file(filename)
    return kind


def _kind_of_file(filename: str) -> int:
    if filename.startswith("<"):
        return USER if filename.startswith(_NOTEBOOK) else HIDDEN
    path = os.path.abspath(filename)
    if path.startswith((_OURS, _TORCH)) or any(part in path for part in _INTEGRATIONS):
        return HIDDEN
    if path.startswith(_LIBRARIES) or f"{os.sep}site-packages{os.sep}" in path:
        return LIBRARY
    return USER


def user_frame(start: FrameType | None = None) -> FrameType | None:
    """The innermost frame of the user's code; where there is none, of a library (never torch)."""
    frame = start if start is not None else sys._getframe(1)
    library: FrameType | None = None
    known = _kinds
    while frame is not None:
        filename = frame.f_code.co_filename
        kind = known.get(filename)
        if kind is None:
            kind = kind_of_file(filename)
        if kind == USER:
            return frame
        if kind == LIBRARY and library is None:
            library = frame
        frame = frame.f_back
    return library


def site_of(frame: FrameType | None) -> Site | None:
    """File (relative to the working directory where it lies below it), line, function, text."""
    if frame is None:
        return None
    code = frame.f_code
    key = id(code), frame.f_lasti
    known = _places.get(key)
    if known is not None:
        return known[1]
    site = site_of_code(code, frame.f_lineno, frame.f_globals)
    if len(_places) >= SITES_KEPT:
        _places.clear()
    _places[key] = code, site
    return site


def site_of_code(code: CodeType, line: int, names: dict[str, Any]) -> Site:
    """The same of a line of `code` that ran with the globals `names`."""
    # Code objects are equal where their text is, whatever file they are of.
    key = (code.co_filename, code, line)
    site = _sites.get(key)
    if site is None:
        text = linecache.getline(code.co_filename, line, names).strip()
        site = Site(shown_path(code.co_filename), line, _function_of(code), text)
        if len(_sites) >= SITES_KEPT:
            _sites.clear()
        _sites[key] = site
    return site


def _function_of(code: CodeType) -> str:
    """Its name; of a comprehension that of the function it stands in."""
    if code.co_name not in _COMPREHENSIONS:
        return code.co_name
    parts = [p for p in code.co_qualname.split(".") if p not in _COMPREHENSIONS]
    return next((p for p in reversed(parts) if p != "<locals>"), "<module>")


def stack_of(frame: FrameType | None) -> str:
    """The user's lines from this frame outwards: what tells two uses of one helper apart."""
    users: list[FrameType] = []
    key: list[int] = []
    looked, known = 0, _kinds
    while frame is not None and len(users) < STACK_KEPT and looked < FRAMES_LOOKED_AT:
        code = frame.f_code
        kind = known.get(code.co_filename)
        if kind is None:
            kind = kind_of_file(code.co_filename)
        if kind == USER:
            users.append(frame)
            key += (id(code), frame.f_lasti)
        frame = frame.f_back
        looked += 1
    place = tuple(key)
    stack = _stacks.get(place)
    if stack is None:
        text = "<".join(f"{one.f_code.co_name}:{one.f_lineno}" for one in users)
        stack = tuple(one.f_code for one in users), text
        if len(_stacks) >= SITES_KEPT:
            _stacks.clear()
        _stacks[place] = stack
    return stack[1]


def here() -> Site | None:
    """The user's line that is running now."""
    return site_of(user_frame(sys._getframe(1)))


def shown_path(filename: str) -> str:
    """As the user would write it."""
    if filename.startswith("<"):
        return filename
    try:
        relative = os.path.relpath(filename)
    except (OSError, ValueError):
        return filename
    return filename if relative.startswith("..") else relative
