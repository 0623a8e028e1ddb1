"""Who calls `load_state_dict` of a module: it changes parameters in place, like a step does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from gradaudit.causes import Site
from gradaudit.probes.callsites import here
from gradaudit.probes.patches import Patch


class LoadingObserver(Protocol):
    """Who wants to know."""

    def state_loaded(self, module: torch.nn.Module, site: Site | None) -> None:
        """`load_state_dict` of this module is about to run."""
        ...


_observers: list[LoadingObserver] = []
_patches: list[Patch] = []


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_state_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _observers:
            site = here()
            for observer in tuple(_observers):
                observer.state_loaded(self, site)
        return original(self, *args, **kwargs)

    return load_state_dict


def subscribe(observer: LoadingObserver) -> None:
    """Tell `observer` of every `load_state_dict` from now on."""
    if not _observers:
        _patches.append(Patch(torch.nn.Module, "load_state_dict", _told))
    _observers.append(observer)


def unsubscribe(observer: LoadingObserver) -> None:
    """Stop telling `observer`; the patch goes with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _patches:
            _patches.pop().remove()
