"""A place for our function mode on PyTorch's stack, which belongs to the user's modes as well.

A user's mode leaves the stack from its top, and a default device stands at the very bottom. So ours
is put right above a default device and below everything else: whoever is entered later or was
entered before finds the stack as it expects it, and ours sees the calls as they are really made.
"""

from __future__ import annotations

import threading
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_length: Any = getattr(torch._C, "_len_torch_function_stack", None)
_pop: Any = getattr(torch._C, "_pop_torch_function_stack", None)
_push: Any = getattr(torch._C, "_push_on_torch_function_stack", None)


def can_be_placed() -> bool:
    """Has this PyTorch the functions that rearrange the stack? Else the mode goes on its top."""
    return None not in (_length, _pop, _push)


def _is_default_device(mode: Any) -> bool:
    return type(mode).__name__ == "DeviceContext"


class PlacedMode:
    """One mode on the stack of one thread."""

    def __init__(self, mode: TorchFunctionMode) -> None:
        self._mode = mode
        self._thread: int | None = None

    @property
    def is_on(self) -> bool:
        """Is it on the stack?"""
        return self._thread is not None

    def put(self) -> None:
        """Put it on this thread's stack."""
        if self.is_on:
            return
        self._thread = threading.get_ident()
        if not can_be_placed():
            self._mode.__enter__()
            return
        above = [_pop() for _ in range(_length())]
        if above and _is_default_device(above[-1]):
            _push(above.pop())
        _push(self._mode)
        for mode in reversed(above):
            _push(mode)

    def take(self) -> bool:
        """Take it off again, wherever it is by now. False: this is another thread, it stays."""
        if not self.is_on:
            return True
        if self._thread != threading.get_ident():
            return False
        self._thread = None
        if not can_be_placed():
            self._mode.__exit__(None, None, None)
            return True
        above = [_pop() for _ in range(_length())]
        for mode in reversed(above):
            if mode is not self._mode:
                _push(mode)
        return True
