"""When an optimizer steps: PyTorch's global step hooks, one registration for all optimizers.

A step pre-hook may replace the arguments; ours does so for closures only, to count how often the
closure is called within one step (LBFGS calls it many times). Never judge in the pre-hook of a
step with a closure: Lightning passes one whose forward and backward still lie ahead. Where the
closure is called once, the gradients are final when it returns; else only when the step ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.utils.hooks import RemovableHandle


class StepObserver(Protocol):
    """Who wants to know of optimizer steps."""

    def step_begins(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        """`optimizer.step` was called."""
        ...

    def closure_called(self, optimizer: Optimizer) -> None:
        """The closure of the running step is about to be evaluated."""
        ...

    def closure_is_over(self, optimizer: Optimizer) -> None:
        """The only closure of the running step has returned; the update comes next."""
        ...

    def step_ends(self, optimizer: Optimizer, *, has_closure: bool) -> None:
        """The step was applied."""
        ...


_observers: list[StepObserver] = []
_handles: list[RemovableHandle] = []


def _closure_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any] | None:
    # args[0] is the optimizer itself, which is callable in no sane program, so skip it.
    for value in (*args[1:2], kwargs.get("closure")):
        if callable(value):
            return value
    return None


def _evaluates_once(optimizer: Optimizer) -> bool:
    """Whether a step calls its closure once and first: PyTorch's own optimizers, but for LBFGS."""
    home = str(getattr(type(optimizer).step, "__module__", ""))
    return home.startswith("torch.optim.") and home != "torch.optim.lbfgs"


def _before(
    optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    closure = _closure_of(args, kwargs)
    for observer in tuple(_observers):
        observer.step_begins(optimizer, has_closure=closure is not None)
    if closure is None:
        return None
    once = _evaluates_once(optimizer)

    @functools.wraps(closure)
    def counted() -> Any:
        for observer in tuple(_observers):
            observer.closure_called(optimizer)
        loss = closure()
        if once:
            for observer in tuple(_observers):
                observer.closure_is_over(optimizer)
        return loss

    if len(args) > 1:
        return (args[0], counted, *args[2:]), kwargs
    return args, {**kwargs, "closure": counted}


def _after(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    closure = _closure_of(args, kwargs)
    for observer in tuple(_observers):
        observer.step_ends(optimizer, has_closure=closure is not None)


def subscribe(observer: StepObserver) -> None:
    """Tell `observer` of every step of every optimizer from now on."""
    if not _observers:
        _handles.append(register_optimizer_step_pre_hook(_before))
        _handles.append(register_optimizer_step_post_hook(_after))
    _observers.append(observer)


def unsubscribe(observer: StepObserver) -> None:
    """Stop telling `observer`; the hooks go with the last one."""
    if observer in _observers:
        _observers.remove(observer)
    if not _observers:
        while _handles:
            _handles.pop().remove()


def describe() -> str:
    """What is used, for `gradaudit doctor`."""
    return "torch.optim.optimizer.register_optimizer_step_pre_hook and _post_hook"
