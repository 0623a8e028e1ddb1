"""What a gradient scaler does: when losses are scaled, gradients unscaled, steps skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.probes.late_lanes import is_elsewhere
from gradaudit.probes.patches import Patch

GradScaler = torch.amp.GradScaler


class ScalerObserver(Protocol):
    """Who wants to know. `scale`: the factor, NaN where reading it would wait for a device."""

    def loss_scaled(self, scale: float | torch.Tensor) -> None:
        """A loss was multiplied. A tensor (0-dim): it is on a device."""
        ...

    def gradients_unscaled(self, optimizer: Optimizer) -> None:
        """`unscale_` was called for this optimizer."""
        ...

    def scaler_step_begins(self, optimizer: Optimizer) -> None:
        """The scaler may step this optimizer now."""
        ...

    def scaler_step_ends(
        self, optimizer: Optimizer, scale: float, found_inf: bool | list[torch.Tensor]
    ) -> None:
        """It has or has not. `found_inf`: an overflow was found; tensors: on devices, 0 or 1."""
        ...


_observers: list[ScalerObserver] = []
_patches: list[Patch] = []


def _scale_here(scaler: Any) -> float | torch.Tensor:
    value: torch.Tensor | None = getattr(scaler, "_scale", None)
    if value is None:
        return float(getattr(scaler, "_init_scale", float("nan")))
    return value if is_elsewhere(value) else float(value)


def _scale_of(scaler: Any) -> float:
    scale = _scale_here(scaler)
    return scale if isinstance(scale, float) else float("nan")


def _found_inf(scaler: Any, optimizer: Optimizer) -> bool | list[torch.Tensor]:
    try:
        found: list[torch.Tensor] = list(scaler._found_inf_per_device(optimizer).values())
    except (AttributeError, KeyError):
        return False
    return found if any(map(is_elsewhere, found)) else any(float(v) > 0 for v in found)


def _scale(original: Callable[..., Any]) -> Callable[..., Any]:
    def scale(self: Any, outputs: Any) -> Any:
        result = original(self, outputs)
        if _observers and self.is_enabled():
            for observer in tuple(_observers):
                observer.loss_scaled(_scale_here(self))
        return result

    return scale


def _unscale(original: Callable[..., Any]) -> Callable[..., Any]:
    def unscale_(self: Any, optimizer: Optimizer) -> None:
        original(self, optimizer)
        if _observers and self.is_enabled():
            for observer in tuple(_observers):
                observer.gradients_unscaled(optimizer)

    return unscale_


def _step(original: Callable[..., Any]) -> Callable[..., Any]:
    def step(self: Any, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if not _observers or not self.is_enabled():
            return original(self, optimizer, *args, **kwargs)
        scale = _scale_of(self)
        for observer in tuple(_observers):
            observer.scaler_step_begins(optimizer)
        result = original(self, optimizer, *args, **kwargs)
        for observer in tuple(_observers):
            observer.scaler_step_ends(optimizer, scale, _found_inf(self, optimizer))
        return result

    return step


def subscribe(observer: ScalerObserver) -> None:
    """Tell `observer` of every gradient scaler from now on."""
    if not _observers:
        for name, make in (("scale", _scale), ("unscale_", _unscale), ("step", _step)):
            _patches.append(Patch(GradScaler, name, make))
    _observers.append(observer)


def unsubscribe(observer: ScalerObserver) -> None:
    """Stop telling `observer`; the patches go with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _patches:
            _patches.pop().remove()


def describe() -> str:
    """What is used, for `gradaudit doctor`."""
    return "torch.amp.GradScaler.scale, .unscale_, .step"
