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
    return site_of_code(frame.f_code, frame.f_lineno, frame.f_globals)


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
    lines: list[str] = []
    looked = 0
    while frame is not None and len(lines) < STACK_KEPT and looked < FRAMES_LOOKED_AT:
        if kind_of_file(frame.f_code.co_filename) == USER:
            lines.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
        looked += 1
    return "<".join(lines)


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
