"""`torch.utils.swap_tensors` refuses tensors with weak references: ours are let go for it.

`Module.to()` and `load_state_dict` swap tensors when torch.__future__ asks them to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from gradaudit.probes.patches import Patch


class SwappingObserver(Protocol):
    """Who holds weak references to tensors."""

    def swap_begins(self, tensors: tuple[torch.Tensor, ...]) -> None:
        """Let go of these."""
        ...

    def swap_ends(self, tensors: tuple[torch.Tensor, ...]) -> None:
        """Take them up again: the same objects, with each other's contents."""
        ...


_observers: list[SwappingObserver] = []
_patches: list[Patch] = []


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    def swap_tensors(t1: torch.Tensor, t2: torch.Tensor) -> None:
        for observer in tuple(_observers):
            observer.swap_begins((t1, t2))
        try:
            original(t1, t2)
        finally:
            for observer in tuple(_observers):
                observer.swap_ends((t1, t2))

    return swap_tensors


def subscribe(observer: SwappingObserver) -> None:
    """Ask `observer` to let go before every swap from now on."""
    if not _observers and hasattr(torch.utils, "swap_tensors"):
        _patches.append(Patch(torch.utils, "swap_tensors", _told))
    _observers.append(observer)


def unsubscribe(observer: SwappingObserver) -> None:
    """Stop asking; the patch goes with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _patches:
            _patches.pop().remove()
