"""Where gradients were switched off: the `with` line, or the function that is decorated."""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.autograd.grad_mode import inference_mode

from gradaudit.probes.callsites import USER, kind_of_file, user_frame
from gradaudit.probes.framelocals import locals_of
from gradaudit.probes.patches import Patch
from gradaudit.tracing.calls import Place

_WORDS = ("no_grad", "inference_mode", "set_grad_enabled")
FRAMES_LOOKED_AT = 12


class Region(NamedTuple):
    """`op`: as the user writes it."""

    op: str
    place: Place | None


class Regions:
    """Follows grad mode and inference mode while a trace is on."""

    def __init__(self) -> None:
        self.off: Region | None = None
        self.inference: Region | None = None
        self._patch: Patch | None = None
        self._thread = 0

    def open(self) -> None:
        """Begin to follow. Where grad mode is off already, the line is not known."""
        self.off = self.inference = None
        self._thread = threading.get_ident()
        self._patch = Patch(inference_mode, "__enter__", self._noting)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._patch is not None:
            self._patch.remove()
            self._patch = None
        self.off = self.inference = None

    def grad_mode_is_set(self, frame: FrameType, *, enabled: bool) -> None:
        """`_set_grad_enabled` was called; of nested regions the outermost is the one to name."""
        if enabled:
            self.off = None
        elif self.off is None and torch.is_grad_enabled():
            self.off = _region("torch.no_grad", frame)

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def __enter__(mode: Any) -> Any:  # noqa: N807
            mine = threading.get_ident() == self._thread
            if mine and mode.mode and not torch.is_inference_mode_enabled():
                self.inference = _region("torch.inference_mode", sys._getframe(1))
            return original(mode)

        return __enter__


def _region(op: str, start: FrameType) -> Region:
    frame: FrameType | None = start
    for _ in range(FRAMES_LOOKED_AT):
        if frame is None:
            break
        code = frame.f_code
        if kind_of_file(code.co_filename) == USER:
            break
        if code.co_name in ("decorate_context", "generator_context"):
            place = _decorated(locals_of(frame).get("func"))
            if place is not None:
                return Region(op, place)
        name = code.co_qualname.split(".")[0]
        if name in ("no_grad", "set_grad_enabled"):
            # `no_grad` calls the other one: the outer of the two is what the user wrote.
            op = "torch.no_grad" if name == "no_grad" else "torch.set_grad_enabled(False)"
        frame = frame.f_back
    return Region(op, Place.of(user_frame(start)))


def _decorated(function: Any) -> Place | None:
    """The decorator's line above a function of the user's; None for a library's."""
    code = getattr(function, "__code__", None)
    if code is None or kind_of_file(code.co_filename) != USER:
        return None
    line = code.co_firstlineno
    for number in range(line, line + 12):
        text = linecache.getline(code.co_filename, number, function.__globals__).strip()
        if text.startswith("@") and any(word in text for word in _WORDS):
            line = number
            break
        if text.startswith(("def ", "async def ")):
            break
    return Place(code, line, function.__globals__)
