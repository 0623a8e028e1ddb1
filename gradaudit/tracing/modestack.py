"""A place for our function mode on PyTorch's stack, which belongs to the user's modes as well.

A user's mode leaves the stack from its top, and a default device stands at the very bottom. So ours
is put right above a default device and below everything else: whoever is entered later or was
entered before finds the stack as it expects it, and ours sees the calls as they are really made.

While a mode's own handler runs, the mode is off the stack, and PyTorch puts it back afterwards,
whatever happened meanwhile: there it can be neither taken off nor put on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch

from gradaudit.tracing.mode import TraceMode

_length: Any = getattr(torch._C, "_len_torch_function_stack", None)
_pop: Any = getattr(torch._C, "_pop_torch_function_stack", None)
_push: Any = getattr(torch._C, "_push_on_torch_function_stack", None)


def can_be_placed() -> bool:
    """Has this PyTorch the functions that rearrange the stack? Else the mode goes on its top."""
    return None not in (_length, _pop, _push)


def _is_default_device(mode: Any) -> bool:
    """Of `set_default_device`. That of `with torch.device(...)` is a mode like others: it is put
    on top, by C++ code, which does not call `__enter__`.
    """
    return type(mode).__name__ == "DeviceContext" and hasattr(mode, "old_device")


def _insert(mode: Any) -> None:
    above = [_pop() for _ in range(_length())]
    if above and _is_default_device(above[-1]):
        _push(above.pop())
    _push(mode)
    for one in reversed(above):
        _push(one)


def _remove(mode: Any) -> bool:
    """False: it is not there now."""
    above = [_pop() for _ in range(_length())]
    for one in reversed(above):
        if one is not mode:
            _push(one)
    return any(one is mode for one in above)


def _innermost() -> Any:
    get = getattr(torch.overrides, "_get_current_function_mode", None)
    return None if get is None else get()


class PlacedMode:
    """One mode on the stack of one thread. `make`: a new mode; one that stays behind is deaf."""

    def __init__(self, make: Callable[[], TraceMode]) -> None:
        self._make = make
        self._mode: TraceMode | None = None
        self._thread = 0
        self._suspended = False

    @property
    def is_on(self) -> bool:
        """Is it on the stack, or to be again soon?"""
        return self._mode is not None

    def put(self) -> None:
        """Put it on this thread's stack."""
        if self._mode is not None:
            return
        self._mode, self._thread, self._suspended = self._make(), threading.get_ident(), False
        if can_be_placed():
            _insert(self._mode)
        else:
            self._mode.__enter__()

    def take(self) -> bool:
        """Take it off again, wherever it is by now. False: it cannot be reached, and stays, deaf.

        (On another thread's stack, or below other modes where the stack cannot be rearranged.)
        """
        mode, self._mode = self._mode, None
        if mode is None:
            return True
        mode.leave()
        if self._suspended:
            self._suspended = False
            return True
        if self._thread != threading.get_ident():
            return False
        if can_be_placed():
            return _remove(mode)
        if _innermost() is mode:
            mode.__exit__(None, None, None)
            return True
        return False

    def suspend(self) -> bool:
        """Off the stack for a while, at no cost to what runs meanwhile. True: `resume` is due."""
        mode = self._mode
        if mode is None or self._suspended or self._thread != threading.get_ident():
            return False
        self._suspended = can_be_placed() and _remove(mode)
        return self._suspended

    def resume(self) -> None:
        """Back on the stack, if it is suspended and this is its thread."""
        mode = self._mode
        if mode is not None and self._suspended and self._thread == threading.get_ident():
            self._suspended = False
            _insert(mode)
