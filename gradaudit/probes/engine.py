"""When a backward begins and ends: one wrapper around the function that starts the autograd engine.

`torch.autograd._engine_run_backward` is looked up at every call, so replacing that module global
(and the same name in `torch.autograd.graph`, from where `torch.compiler` restores both) sees every
backward whatever the loop looks like, at about a microsecond a call and without a hook on any
tensor. Its keyword `accumulate_grad` tells `backward` from `autograd.grad`. Where the private name
is gone, the public `torch.autograd.backward` is wrapped instead; code that bound it early
(`from torch.autograd import backward`) is then not seen, and `gradaudit doctor` says so.

Never `register_multi_grad_hook`: it makes a user's `autograd.grad` raise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import torch
import torch.autograd.graph


@dataclass(slots=True, eq=False)
class BackwardCall:
    """One call of the engine that accumulates gradients.

    `roots`: what backward was called on (tensors or graph edges); `inputs`: given by `inputs=`;
    `keep_graph`: it may be walked again (`retain_graph`), or nobody can say.
    Lives as long as the call: nothing may keep it, it holds the graph.
    """

    roots: tuple[Any, ...]
    create_graph: bool
    inputs: tuple[Any, ...]
    keep_graph: bool = True


class BackwardObserver(Protocol):
    """Who wants to know. Exceptions raised in here are the observer's own business to catch."""

    def backward_begins(self, call: BackwardCall) -> None:
        """The outermost backward is about to start."""
        ...

    def backward_nested(self, call: BackwardCall) -> None:
        """A backward starts inside a backward (reentrant checkpoint)."""
        ...

    def backward_ends(self, call: BackwardCall, error: BaseException | None) -> None:
        """The outermost backward is over; `error`: what it raised."""
        ...


_observers: list[BackwardObserver] = []
_lock = threading.RLock()
_depth = 0
_local = threading.local()
_task_id: Callable[[], int] | None = getattr(torch._C, "_current_graph_task_id", None)


def depth() -> int:
    """How many watched backwards are running now."""
    return _depth


def inside_backward() -> bool:
    """Is this code called from within a backward (a hook, a checkpoint's recomputation)?

    Asked of the engine, which knows it on its own threads as well. Where it cannot be asked, a
    depth that all threads share.
    """
    return _task_id() != -1 if _task_id is not None else _depth > 0


PRIVATE_NAME = "_engine_run_backward"


def _holders() -> list[ModuleType]:
    return [m for m in (torch.autograd.graph, torch.autograd) if hasattr(m, PRIVATE_NAME)]


def _watched(call: BackwardCall, start: Callable[[], Any]) -> Any:
    global _depth
    # The second: somebody kept a wrapper of ours and calls it from within the present one.
    nested = inside_backward() or getattr(_local, "active", False)
    _local.active = True
    _depth += 1
    try:
        for observer in tuple(_observers):
            if nested:
                observer.backward_nested(call)
            else:
                observer.backward_begins(call)
        try:
            result = start()
        except BaseException as error:
            if not nested:
                for observer in tuple(_observers):
                    observer.backward_ends(call, error)
            raise
    finally:
        _depth -= 1
        _local.active = nested
    if not nested:
        for observer in tuple(_observers):
            observer.backward_ends(call, None)
    return result


def _wrap_private(original: Callable[..., Any]) -> Callable[..., Any]:
    def run_backward(t_outputs: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        if not _observers or not kwargs.get("accumulate_grad"):
            return original(t_outputs, *args, **kwargs)
        create_graph = bool(args[2]) if len(args) > 2 else bool(kwargs.get("create_graph"))
        inputs = args[3] if len(args) > 3 else kwargs.get("inputs", ())
        keep_graph = bool(args[1]) if len(args) > 1 else bool(kwargs.get("keep_graph", True))
        call = BackwardCall(tuple(t_outputs), create_graph, tuple(inputs or ()), keep_graph)
        return _watched(call, lambda: original(t_outputs, *args, **kwargs))

    run_backward._torchdynamo_disable = True  # type: ignore[attr-defined]
    run_backward.__wrapped__ = original  # type: ignore[attr-defined]
    return run_backward


def _wrap_public(original: Callable[..., Any]) -> Callable[..., Any]:
    def backward(
        tensors: Any,
        grad_tensors: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        grad_variables: Any = None,
        inputs: Any = None,
    ) -> None:
        def start() -> None:
            original(tensors, grad_tensors, retain_graph, create_graph, grad_variables, inputs)

        if not _observers:
            return start()
        roots = (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors)
        given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs or ())
        return _watched(BackwardCall(roots, create_graph, given), start)

    backward._torchdynamo_disable = True  # type: ignore[attr-defined]
    backward.__wrapped__ = original  # type: ignore[attr-defined]
    return backward


_installed: list[tuple[ModuleType, str, Callable[..., Any], Callable[..., Any]]] = []


def _install() -> None:
    holders = _holders()
    if holders:
        original = getattr(holders[-1], PRIVATE_NAME)
        wrapper = _wrap_private(original)
        targets = [(module, PRIVATE_NAME) for module in holders]
    else:
        original = torch.autograd.backward
        wrapper = _wrap_public(original)
        targets = [(torch.autograd, "backward")]
    for module, name in targets:
        _installed.append((module, name, getattr(module, name), wrapper))
        setattr(module, name, wrapper)


def _uninstall() -> None:
    while _installed:
        module, name, original, wrapper = _installed.pop()
        # Somebody who wrapped us since keeps their wrapper: ours passes through without observers.
        if getattr(module, name, None) is wrapper:
            setattr(module, name, original)


def subscribe(observer: BackwardObserver) -> None:
    """Tell `observer` of every backward from now on. The wrapper is put in with the first one."""
    with _lock:
        if not _observers:
            _install()
        _observers.append(observer)


def observed() -> bool:
    """Does anybody listen?"""
    return bool(_observers)


def unsubscribe(observer: BackwardObserver) -> None:
    """Stop telling `observer`. The wrapper is taken out with the last one."""
    with _lock:
        if observer in _observers:
            _observers.remove(observer)
            if not _observers:
                _uninstall()


def describe() -> list[tuple[str, str]]:
    """How this version of PyTorch can be audited: (mechanism, what is used)."""
    from gradaudit.probes import clipping, optimizers, scaler

    private = bool(_holders())
    return [
        ("backward", f"torch.autograd.{PRIVATE_NAME}" if private else
         "torch.autograd.backward (public fallback: a backward bound early is not seen)"),
        ("optimizer steps", optimizers.describe()),
        ("gradient clipping", clipping.describe()),
        ("gradient scaler", scaler.describe()),
    ]  # fmt: skip
