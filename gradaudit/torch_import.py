"""WHEN TORCH COMES: a call back at the moment at which the audited script imports torch.

Environment variables that a script sets before its own `import torch` (CUDA_VISIBLE_DEVICES,
OMP_NUM_THREADS) must keep their effect, so nobody may import torch on the script's behalf.

[Note: One attribute] The loader that the import system chose stays the loader: while torch is
waited for, that one object has an `exec_module` of its own, which is deleted before the real one
runs. `torch.__spec__` and `torch.__loader__` are what they would have been.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_NAME = "torch"


def when_torch_is_imported(callback: Callable[[], None]) -> None:
    """Call `callback` once, right after torch has been imported; at once if it already is.

    It runs in the thread that imports torch. What it raises there does not reach that import: an
    `Exception` is printed with its traceback, anything else (Ctrl-C) goes on.
    """
    module = sys.modules.get(_NAME)
    if module is not None and not getattr(module.__spec__, "_initializing", False):
        callback()
        return
    _finder.callbacks.append(callback)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def forget() -> None:
    """Stop waiting: callbacks that have not been called never will be. May be called twice."""
    _finder.callbacks.clear()
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


class _Finder:
    """First on the meta path until torch has been imported; it finds nothing but torch."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[], None]] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders say of torch, with a loader that will tell us; else None."""
        if fullname != _NAME:
            return None
        for finder in tuple(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is not self and find is not None:
                spec: ModuleSpec | None = find(fullname, path, target)
                if spec is not None:
                    _listen(spec.loader)
                    return spec
        return None


_finder = _Finder()


def _listen(loader: object) -> None:
    """Have `loader` call back once it has executed torch; see [Note: One attribute]."""
    execute = getattr(loader, "exec_module", None)
    own = getattr(loader, "__dict__", None)
    # A class as a loader is shared by everybody, and one that was asked before listens already.
    if execute is None or own is None or isinstance(loader, type) or "exec_module" in own:
        return

    def exec_module(module: ModuleType) -> None:
        if module.__name__ != _NAME:
            execute(module)
            return
        own.pop("exec_module", None)
        execute(module)
        _arrived()

    own["exec_module"] = exec_module


def _arrived() -> None:
    callbacks = tuple(_finder.callbacks)
    forget()
    for callback in callbacks:
        try:
            callback()
        except Exception as error:  # the script's import must go on
            sys.__excepthook__(type(error), error, error.__traceback__)
