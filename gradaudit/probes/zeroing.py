"""Who called `zero_grad`, and from which line. Only for the words of a finding.

Whether a gradient was reset is always read off `.grad` itself: `p.grad = None`, `.zero_()` or a
framework's own way never come through here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.events import Site
from gradaudit.probes.callsites import here
from gradaudit.probes.patches import Patch


class ZeroingObserver(Protocol):
    """Who wants to know of `zero_grad`."""

    def zero_grad_called(self, target: Optimizer | torch.nn.Module, site: Site | None) -> None:
        """It is about to run."""
        ...


_observers: list[ZeroingObserver] = []
_patches: list[Patch] = []


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    def zero_grad(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _observers:
            site = here()
            for observer in tuple(_observers):
                observer.zero_grad_called(self, site)
        return original(self, *args, **kwargs)

    return zero_grad


def subscribe(observer: ZeroingObserver) -> None:
    """Tell `observer` of every `zero_grad` of the base classes from now on."""
    if not _observers:
        for holder in (Optimizer, torch.nn.Module):
            _patches.append(Patch(holder, "zero_grad", _told))
    _observers.append(observer)


def unsubscribe(observer: ZeroingObserver) -> None:
    """Stop telling `observer`; the patches go with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _patches:
            _patches.pop().remove()
