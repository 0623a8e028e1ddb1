"""Calls made on behalf of the line that made them, so that a warning still names that line.

PyTorch's warnings name the innermost Python frame, and Python shows a text once per line. With a
function of ours around each call, all of them would come from one line of ours, and only the first
would be seen. So the call is made by a function of one expression that has the file, the line and
the globals of the code that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any

import torch.overrides

CALLERS_KEPT = 4096
Caller = Callable[[Any, Any, Any], Any]
_call: Caller = lambda function, args, kwargs: function(*args, **kwargs)  # noqa: E731
_template: CodeType = _call.__code__  # type: ignore[attr-defined]
_handing_over = torch.overrides.handle_torch_function.__code__


class Callers:
    """One function for each place in the code that calls torch."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[CodeType, Caller]] = {}

    def at(self, frame: FrameType) -> Caller:
        """The one for the line that this frame is at (or that called torch's Python function)."""
        if frame.f_code is _handing_over:
            frame = _outwards(frame)
        code = frame.f_code
        key = id(code), frame.f_lasti
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= CALLERS_KEPT:
                self._known.clear()
            mine = _template.replace(
                co_filename=code.co_filename,
                co_firstlineno=frame.f_lineno or code.co_firstlineno,
                co_name=code.co_name,
            )
            # The code object is kept, so that its id is given to no other.
            known = self._known[key] = code, FunctionType(mine, frame.f_globals)
        return known[1]

    def forget(self) -> None:
        """Let go of all."""
        self._known.clear()


def _outwards(frame: FrameType) -> FrameType:
    function = frame.f_back
    caller = None if function is None else function.f_back
    return frame if caller is None else caller


def hide_caller(error: BaseException) -> None:
    """Take such a function out of the traceback of an error that is passing its own caller."""
    mine = error.__traceback__
    if mine is not None and mine.tb_next is not None and _is_caller(mine.tb_next.tb_frame.f_code):
        mine.tb_next = mine.tb_next.tb_next


def _is_caller(code: CodeType) -> bool:
    return code.co_code == _template.co_code and code.co_varnames == _template.co_varnames
