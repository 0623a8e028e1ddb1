"""When gradients are clipped: the two functions of torch.nn.utils, also where bound early.

`clip_grad_norm_` and `clip_grad_value_` look helpers up in their own module at every call; those
are taken over, so `from torch.nn.utils import clip_grad_norm_` is seen as well. Clipping by hand
is not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
import torch.nn.utils.clip_grad as clip_grad

from gradaudit.events import Site
from gradaudit.probes.callsites import here
from gradaudit.probes.patches import Patch

TOTAL_HELPER = "_get_total_norm"
NORM_HELPER, VALUE_HELPER = "_clip_grads_with_norm_", "_group_tensors_by_device_and_dtype"


class ClippingObserver(Protocol):
    """Who wants to know of clipping."""

    def clip_begins(
        self,
        parameters: list[torch.Tensor] | None,
        gradients: list[torch.Tensor] | None,
        by: str,
        site: Site | None,
    ) -> None:
        """Gradients are about to be scaled. One of `parameters`, `gradients` is given."""
        ...

    def clip_ends(self) -> None:
        """They have been."""
        ...

    total: torch.Tensor | None
    """After `norms_wanted`: the norm of these norms, where it is known by now."""

    def norms_wanted(self, given: list[torch.Tensor], norm_type: float) -> None:
        """The norms of these gradients are about to be computed for clipping."""
        ...

    def norms_given(self, total: torch.Tensor) -> None:
        """They have been computed: the norm of the norms."""
        ...


_observers: list[ClippingObserver] = []
_patches: list[Patch] = []


@contextmanager
def _told(
    parameters: list[torch.Tensor] | None, gradients: list[torch.Tensor] | None, by: str
) -> Generator[None]:
    site = here()
    for observer in tuple(_observers):
        observer.clip_begins(parameters, gradients, by, site)
    yield
    for observer in tuple(_observers):
        observer.clip_ends()


def _norm(original: Callable[..., Any]) -> Callable[..., Any]:
    def clip_grads_with_norm(parameters: Any, *args: Any, **kwargs: Any) -> Any:
        limit = args[0] if args else kwargs.get("max_norm", 0.0)
        if not _observers or not float(limit) < float("inf"):
            return original(parameters, *args, **kwargs)  # without a limit it only measures
        if isinstance(parameters, torch.Tensor):
            parameters = [parameters]
        elif isinstance(parameters, Iterable):
            parameters = list(parameters)
        with _told(parameters, None, "clip_grad_norm_"):
            return original(parameters, *args, **kwargs)

    return clip_grads_with_norm


def _total(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_total_norm(
        tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
    ) -> Any:
        # With several audits none is asked.
        if len(_observers) != 1 or not isinstance(tensors, list) or foreach is False:
            return original(tensors, norm_type, error_if_nonfinite, foreach)
        observer = _observers[0]
        given: list[torch.Tensor] = tensors  # pyright: ignore[reportUnknownVariableType]
        observer.norms_wanted(given, float(norm_type))
        total, observer.total = observer.total, None
        if total is None:  # else it is finite
            total = original(tensors, norm_type, error_if_nonfinite, foreach)
            observer.norms_given(total)
        return total

    return get_total_norm


def _value(original: Callable[..., Any]) -> Callable[..., Any]:
    def group(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        grouped = original(tensors, *args, **kwargs)
        if not _observers or sys._getframe(1).f_code.co_name != "clip_grad_value_":
            return grouped
        # The caller scales what it gets from here, group by group: bracket its whole loop.
        return _Bracketed(grouped, list(tensors[0]))

    return group


class _Bracketed(dict[Any, Any]):
    """The groups, telling the observers before the first and after the last is used."""

    def __init__(self, grouped: dict[Any, Any], gradients: list[torch.Tensor]) -> None:
        super().__init__(grouped)
        self._gradients = gradients

    def items(self) -> Any:
        return self._told_items()

    def _told_items(self) -> Iterator[tuple[Any, Any]]:
        gradients, self._gradients = self._gradients, []
        with _told(None, gradients, "clip_grad_value_"):
            gradients = []
            yield from super().items()


def subscribe(observer: ClippingObserver) -> None:
    """Tell `observer` of every clipping from now on."""
    if not _observers:
        for name, make in ((TOTAL_HELPER, _total), (NORM_HELPER, _norm), (VALUE_HELPER, _value)):
            if hasattr(clip_grad, name):
                _patches.append(Patch(clip_grad, name, make))
    _observers.append(observer)


def unsubscribe(observer: ClippingObserver) -> None:
    """Stop telling `observer`; the patches go with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _patches:
            _patches.pop().remove()


def describe() -> str:
    """What is used, for `gradaudit doctor`."""
    found = [name for name in (NORM_HELPER, VALUE_HELPER) if hasattr(clip_grad, name)]
    if not found:
        return "not seen: this PyTorch has none of the helpers (GA306 is silent)"
    return "torch.nn.utils.clip_grad." + ", ".join(found)
