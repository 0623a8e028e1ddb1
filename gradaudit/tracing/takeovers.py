"""Calls that no function mode sees: `autograd.Function.apply` and `nn.Parameter(value)`.

And one that must not be made from within ours: a trace may end in `Tensor.backward`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

import torch

from gradaudit.probes.patches import Patch
from gradaudit.tracing.mode import tensors_in


class TakeoverHandler(Protocol):
    """Who is told (gradaudit.tracing.tracer)."""

    quiet: bool

    def step_aside(self) -> bool:
        """The function mode off the stack for a while; True: `step_back` is due."""
        ...

    def step_back(self) -> None:
        """It may be put back."""
        ...

    def function_begins(self, function: type, args: Any, kwargs: Any) -> Any:
        """A custom Function is about to run."""
        ...

    def function_ended(self, function: type, token: Any, result: Any, frame: FrameType) -> None:
        """It returned."""
        ...

    def function_raised(self) -> None:
        """It raised."""
        ...

    def array_wrapped(self, result: Any, args: Any, kwargs: Any, frame: FrameType) -> None:
        """`torch.from_numpy` returned, which no function mode sees."""
        ...

    def parameter_made(self, result: Any, source: Any, frame: FrameType) -> None:
        """A leaf was made of a value."""
        ...


class _Apply:
    """`autograd.Function.apply`: one function of ours for all traces that are on.

    A class method is looked up on many classes, so it cannot be taken over as other names are.
    """

    def __init__(self) -> None:
        self._handlers: list[TakeoverHandler] = []
        self._original: Any = None
        self._mine: Any = None

    def put(self, handler: TakeoverHandler) -> None:
        """Tell this handler as well."""
        if not self._handlers:
            function = torch.autograd.Function
            self._original = vars(function)["apply"]
            self._mine = classmethod(self._applying(self._original.__func__))
            function.apply = self._mine  # type: ignore[method-assign,assignment]
        self._handlers.append(handler)

    def take(self, handler: TakeoverHandler) -> None:
        """Tell it no more. Somebody who took the name over after us keeps theirs."""
        if handler in self._handlers:
            self._handlers.remove(handler)
        function = torch.autograd.Function
        if not self._handlers and vars(function).get("apply") is self._mine:
            function.apply = self._original  # type: ignore[method-assign]
            self._original = self._mine = None

    def _applying(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def apply(cls: type, *args: Any, **kwargs: Any) -> Any:
            told = [one for one in self._handlers if not one.quiet]
            if not told or torch._C._are_functorch_transforms_active():
                return original(cls, *args, **kwargs)
            tokens = [one.function_begins(cls, args, kwargs) for one in told]
            try:
                result = original(cls, *args, **kwargs)
            except BaseException:
                for one, token in zip(told, tokens, strict=True):
                    if token is not None:
                        one.function_raised()
                raise
            for one, token in zip(told, tokens, strict=True):
                one.function_ended(cls, token, result, sys._getframe(1))
            return result

        apply._torchdynamo_disable = True  # type: ignore[attr-defined]
        return apply


_apply = _Apply()


class Takeovers:
    """These names, while a trace is on."""

    def __init__(self, handler: TakeoverHandler) -> None:
        self._handler = handler
        self._patches: list[Patch] = []

    def put(self) -> None:
        """Take the names over."""
        _apply.put(self._handler)
        if hasattr(torch.Tensor, "_make_subclass"):
            self._patches.append(Patch(torch.Tensor, "_make_subclass", self._making))
        self._patches.append(Patch(torch, "from_numpy", self._wrapping))
        self._patches.append(Patch(torch.Tensor, "backward", self._stepping_aside))

    def take(self) -> None:
        """Give them back."""
        for patch in self._patches:
            patch.remove()
        self._patches.clear()
        _apply.take(self._handler)

    def _stepping_aside(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handler = self._handler

        def backward(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            if not handler.step_aside():
                return original(tensor, *args, **kwargs)
            # A mode or a subclass of the user's is given the name's value: the one it knows.
            patch = self._patches[-1]
            torch.Tensor.backward = original  # type: ignore[method-assign,assignment]
            try:
                return original(tensor, *args, **kwargs)
            finally:
                now = vars(torch.Tensor)["backward"]
                if patch in self._patches and now in (original, patch.original):
                    torch.Tensor.backward = patch.wrapper  # type: ignore[method-assign,assignment]
                handler.step_back()

        return backward

    def _wrapping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handler = self._handler

        def from_numpy(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if not handler.quiet:
                handler.array_wrapped(result, args, kwargs, sys._getframe(1))
            return result

        return from_numpy

    def _making(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handler = self._handler

        def _make_subclass(cls: type, data: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(cls, data, *args, **kwargs)
            if not handler.quiet and isinstance(data, torch.Tensor):
                handler.parameter_made(result, data, sys._getframe(1))
            return result

        return _make_subclass


__all__ = ["Takeovers", "tensors_in"]
