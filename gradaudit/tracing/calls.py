"""One traced call of a torch function, as the parts of the tracer are told of it."""

from __future__ import annotations

import weakref
from types import CodeType, FrameType
from typing import Any, NamedTuple

import torch

from gradaudit.causes import Site
from gradaudit.probes.callsites import site_of_code, user_frame
from gradaudit.probes.forwards import Running

_HANDLERS = ("__torch_function__", "__torch_dispatch__")


class Place(NamedTuple):
    """A line of code that ran: cheap to note, made a `Site` only when somebody asks."""

    code: CodeType
    line: int
    names: dict[str, Any]
    """The globals of that code: where `linecache` finds the source of a notebook's cell."""

    @classmethod
    def of(cls, frame: FrameType | None) -> Place | None:
        """The line that this frame is at."""
        return None if frame is None else cls(frame.f_code, frame.f_lineno, frame.f_globals)


class Call:
    """One call, after it returned. Lives as long as the listeners look at it: it holds tensors.

    `number`: counts the calls of a trace; `name`: as torch calls it ("relu", "__setitem__"), of an
    attribute its own name ("data", "grad") with "=" behind it when it was assigned; `inputs`: every
    tensor among the arguments; `outputs`: every tensor in the result, and the `target`: the one
    that was changed in place, None where none was (then it is the first of `outputs`);
    `fresh`: autograd nodes that this call has made (no AccumulateGrad among them), deepest first;
    `place`: the user's line (None where no user code is running); `module`: the innermost
    nn.Module whose forward is running, None where that is not known.
    """

    __slots__ = (
        "args", "fresh", "inputs", "kwargs", "module", "name", "number", "outputs", "place",
        "result", "running", "target",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inputs: list[torch.Tensor],
        module: torch.nn.Module | None,
    ) -> None:
        self.number = number
        self.name = name
        self.args, self.kwargs = args, kwargs
        self.inputs = inputs
        self.outputs: list[torch.Tensor] = []
        self.target: torch.Tensor | None = None
        self.result: Any = None
        self.fresh: list[Any] = []
        self.place: Place | None = None
        self.module = module
        self.running: Running | None = None
        """The same with the lines that called it and the modules around it."""


class Origin:
    """What is kept of the call that made an autograd node: no tensor, and no module."""

    __slots__ = ("_module", "name", "number", "place")

    def __init__(
        self, number: int, name: str, place: Place | None, module: torch.nn.Module | None
    ) -> None:
        self.number, self.name, self.place = number, name, place
        self._module = None if module is None else weakref.ref(module)

    @property
    def module(self) -> torch.nn.Module | None:
        """The innermost module that was running; None where none was, or it is gone."""
        return None if self._module is None else self._module()


def site_at(place: Place | None) -> Site | None:
    """The place as the user would write it."""
    return None if place is None else site_of_code(place.code, place.line, place.names)


def here(frame: FrameType) -> Place | None:
    """The user's line that is running, looked for from `frame` outwards.

    A `__torch_function__` of the user's is how the call was made, not where.
    """
    found = user_frame(frame)
    while found is not None and found.f_code.co_name in _HANDLERS:
        found = user_frame(found.f_back) if found.f_back is not None else None
    return Place.of(found)
