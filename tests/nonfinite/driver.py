"""`ValueTrace` driven without the rest of the tracer: a function mode, and the nodes it sees."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch

from gradaudit.tracing.births import Birth, ValueTrace
from gradaudit.tracing.calls import Call, Origin, here
from gradaudit.tracing.mode import TraceMode, tensors_in

_LEAF = "AccumulateGrad"


class Driver:
    """A `CallHandler` that knows of nothing but values."""

    def __init__(self, reading: str = "at-once") -> None:
        self.late = reading == "late"
        self.quiet = False
        self.origins: dict[Any, Origin] = {}
        self.values = ValueTrace(self.origins, deferred=None if reading == "at-once" else True)
        self._ending: Any = None
        self.calls = 0
        self.module: torch.nn.Module | None = None

    def calls_begin(self, name: str, args: Any, kwargs: Any, inputs: list[torch.Tensor]) -> Call:
        self.calls += 1
        return Call(self.calls, name, args, kwargs, inputs, self.module)

    def before(self, call: Call) -> None:
        pass

    def after(self, call: Call, parts: Any, frame: FrameType) -> None:
        call.fresh = self._fresh(call.outputs)
        origin = Origin(call.number, call.name, call.place, call.module)
        self.origins.update(dict.fromkeys(call.fresh, origin))
        self.values.call_ended(call)

    def _fresh(self, outputs: list[torch.Tensor]) -> list[Any]:
        found: list[Any] = []
        waiting = [t.grad_fn for t in outputs]
        while waiting:
            node = waiting.pop()
            if node is None or node in self.origins or node in found:
                continue
            if type(node).__name__ != _LEAF:
                found.append(node)
                waiting.extend(child for child, _ in node.next_functions)
        return found[::-1]

    def grad_mode_is_set(self, frame: FrameType, *, enabled: bool) -> None:
        pass

    def grad_read(self, tensor: torch.Tensor, value: Any, frame: FrameType) -> None:
        pass

    def failed(self, error: Exception) -> None:
        raise error

    def backward(self, loss: torch.Tensor, **kwargs: Any) -> Birth | None:
        """A backward as the core surrounds it."""
        self.values.backward_begins((loss,))
        self.quiet = True
        loss.backward(**kwargs)
        self.quiet = False
        if self.late:
            self._ending = self.values.backward_ends_late()
            return None
        return self.values.backward_ends()

    def late_birth(self) -> Birth | None:
        """Of the last backward, though all that was traced is forgotten."""
        ending, answers = self._ending
        return ending.answered(answers.read())


@contextmanager
def traced(reading: str = "at-once") -> Iterator[Driver]:
    """A traced window. `reading`: "at-once", "deferred" (to the end of a backward) or "late"."""
    driver = Driver(reading)
    function = torch.autograd.Function
    inherited = function.__dict__["apply"]
    apply = inherited.__func__

    def follow(cls: Any, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        with torch._C.DisableTorchFunction():
            call = driver.calls_begin(cls.__name__, args, kwargs, tensors_in(args, []))
        result = apply(cls, *args, **kwargs)
        with torch._C.DisableTorchFunction():
            call.outputs, call.result, call.place = tensors_in((result,), []), result, here(frame)
            driver.after(call, None, frame)
        return result

    function.apply = classmethod(follow)
    try:
        with TraceMode(driver):
            yield driver
    finally:
        function.apply = inherited
        driver.values.close()
