"""The function mode of a traced step: every call of a torch function passes here once.

The call is made exactly as the user made it, and its exceptions pass. A function that is written
in Python (`F.cross_entropy`) is one call: PyTorch takes the mode off the stack while it runs.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Protocol

import torch
from torch.nn.parameter import Parameter, is_lazy
from torch.overrides import TorchFunctionMode

from gradaudit.tracing.calls import Call, Place, here
from gradaudit.tracing.onbehalf import Callers, hide_caller
from gradaudit.tracing.opnames import ATTRIBUTES_FOLLOWED, IGNORED, is_in_place

Tensor = torch.Tensor
_grad_attribute = "grad"
_tracing: Any = getattr(torch._C, "_is_tracing", lambda: False)
_transforms: Any = getattr(torch._C, "_are_functorch_transforms_active", lambda: False)
ITEMS_SEARCHED = 512


def _records() -> bool:
    """Are these calls no computation of the step: is a program recorded or transformed?"""
    return _tracing() or _transforms() or torch.compiler.is_compiling()


def _may_hide(args: Any, kwargs: Any) -> bool:
    """May a parameter be in this call? Not while `vmap` works out the indices of a mask."""
    if _tracing() or torch.compiler.is_compiling():
        return True
    with torch._C.DisableTorchFunction():
        inputs = tensors_in((*args, *kwargs.values()), [])
        return any(one.is_floating_point() or one.is_complex() for one in inputs)


class CallHandler(Protocol):
    """Who is told of the calls (gradaudit.tracing.tracer)."""

    quiet: bool
    blind: bool

    def calls_begin(self, name: str, args: Any, kwargs: Any, inputs: list[Tensor]) -> Call:
        """A call that is looked at."""
        ...

    def before(self, call: Call) -> Any:
        """Before it is made; what is returned is handed to `after`."""
        ...

    def after(self, call: Call, parts: Any, frame: FrameType) -> None:
        """It returned."""
        ...

    def grad_mode_is_set(self, frame: FrameType, *, enabled: bool) -> None:
        """`_set_grad_enabled` is about to be called."""
        ...

    def grad_read(self, tensor: Tensor, value: Any, frame: FrameType) -> None:
        """`.grad` of this tensor was read."""
        ...

    def failed(self, error: Exception) -> None:
        """A fault of the tracer itself."""
        ...


def tensors_in(values: Any, found: list[Tensor], depth: int = 0) -> list[Tensor]:
    """Every tensor among these values, also in lists, tuples and dicts."""
    for value in values:
        kind = type(value)
        if kind is Tensor or kind is Parameter:
            found.append(value)
        elif isinstance(value, Tensor):
            if not is_lazy(value):
                found.append(value)
        elif value is None or isinstance(value, (int, float, str)):
            continue
        elif depth < 4:
            if isinstance(value, (list, tuple)):
                tensors_in(value[:ITEMS_SEARCHED], found, depth + 1)
            elif isinstance(value, dict):
                tensors_in(list(value.values())[:ITEMS_SEARCHED], found, depth + 1)
            elif kind.__name__ == "PackedSequence" and hasattr(value, "data"):
                found.append(value.data)
    return found


class _Nobody:
    """Hears nothing: the handler of a mode that had to be left behind."""

    quiet = True


class TraceMode(TorchFunctionMode):
    """Tells `handler` of every call of this thread, unless it is quiet."""

    def __init__(self, handler: CallHandler) -> None:
        super().__init__()
        self._handler: Any = handler
        self._callers = Callers()

    def leave(self) -> None:
        """The trace is over: wherever this mode still is, it does nothing."""
        self._handler = _Nobody
        self._callers.forget()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        handler = self._handler
        if handler.quiet:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name in IGNORED or not name:
            return func(*args, **kwargs)
        seen = True
        if name == "__get__":
            name = func.__self__.__name__
            if name not in ATTRIBUTES_FOLLOWED:
                if name != _grad_attribute:
                    return func(*args, **kwargs)
                seen = False
        elif name == "__set__":
            name = f"{func.__self__.__name__}="
            if name not in ("data=", "requires_grad="):
                return func(*args, **kwargs)
        elif name == "_set_grad_enabled":
            handler.grad_mode_is_set(sys._getframe(1), enabled=bool(args[0]))
            return func(*args, **kwargs)
        elif name in ("__delete__", "backward"):
            return func(*args, **kwargs)
        elif _records():
            handler.blind = handler.blind or _may_hide(args, kwargs)
            return func(*args, **kwargs)
        frame = sys._getframe(1)
        call = parts = None
        if seen:
            try:
                with torch._C.DisableTorchFunction():
                    inputs = tensors_in(args, [])
                    if kwargs:
                        tensors_in(kwargs.values(), inputs)
                    call = handler.calls_begin(name, args, kwargs, inputs)
                    parts = handler.before(call)
            except Exception as error:
                handler.failed(error)
                call = None
        try:
            result = self._callers.at(frame)(func, args, kwargs)
        except BaseException as error:
            hide_caller(error)
            raise
        if handler.quiet:
            return result
        if call is None:
            if not seen:
                handler.grad_read(args[0], result, frame)
            return result
        try:
            with torch._C.DisableTorchFunction():
                call.result = result
                target = None
                if call.inputs and (name.endswith("=") or is_in_place(name)):
                    target = call.inputs[0]
                elif kwargs and isinstance(kwargs.get("out"), Tensor):
                    target = kwargs["out"]
                call.target = target
                call.outputs = _outputs(result, target)
                call.place = here(frame)
                handler.after(call, parts, frame)
        except Exception as error:
            handler.failed(error)
        return result


def _outputs(result: Any, target: Tensor | None) -> list[Tensor]:
    if isinstance(result, Tensor):
        if is_lazy(result):
            return []
        if target is None or target is result:
            return [result]
        return [target, result]
    outputs = tensors_in((result,), [])
    if target is not None:
        outputs = [target, *(t for t in outputs if t is not target)]
    return outputs


__all__ = ["CallHandler", "Place", "TraceMode", "tensors_in"]
