"""Which line of the user's code gives a variable the value that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

from gradaudit.causes import Cause
from gradaudit.probes.callsites import USER, kind_of_file
from gradaudit.probes.framelocals import locals_of
from gradaudit.tracing.calls import Place, site_at
from gradaudit.tracing.source import Binding, bindings

FRAMES_SEARCHED = 40


class Built(NamedTuple):
    """The line, whether no other one can have done it, and whether it uses the old value."""

    place: Place
    certain: bool
    itself: bool


def user_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of the user's code from here outwards."""
    count = 0
    while frame is not None and count < FRAMES_SEARCHED:
        if kind_of_file(frame.f_code.co_filename) == USER:
            yield frame
        frame = frame.f_back
        count += 1


def built_at(
    name: str, owner: Any, frame: FrameType | None, made: Place | None, *, carried: bool = False
) -> Built | None:
    """The statement that builds the variable `name` (an attribute of `owner`, if it is one).

    `made`: the line of the operation that its value came from, where that is known; `carried`: the
    value of one round of a loop is used in the next.
    """
    found = list(_bindings(name, owner, frame))
    found = [one for one in found if not one.start]
    if not found:
        return None
    if len(found) == 1:
        return Built(found[0].place, certain=True, itself=found[0].itself)
    if made is not None:
        for one in found:
            if one.place.code is made.code and one.place.line <= made.line <= one.last:
                return Built(one.place, certain=True, itself=one.itself)
    if carried:
        looped = [one for one in found if one.itself] or [one for one in found if one.looped]
        if looped:
            return Built(looped[0].place, certain=len(looped) == 1, itself=looped[0].itself)
    return Built(found[-1].place, certain=False, itself=found[-1].itself)


def _bindings(name: str, owner: Any, frame: FrameType | None) -> Iterator[Binding]:
    done: set[CodeType] = set()
    attribute = name.rpartition(".")[2]
    for one in user_frames(frame):
        code = one.f_code
        if code in done:
            continue
        done.add(code)
        if owner is None:
            if name in code.co_freevars or name not in locals_of(one):
                continue
            yield from bindings(code, one.f_globals, name)
            return
        for written in {name, f"self.{attribute}"}:
            yield from bindings(code, one.f_globals, written)
    if owner is None:
        return
    for function in _methods(type(owner)):
        if function.__code__ not in done:
            done.add(function.__code__)
            yield from bindings(function.__code__, function.__globals__, f"self.{attribute}")


def _methods(kind: type) -> Iterator[FunctionType]:
    for base in kind.__mro__:
        for value in vars(base).values():
            function = getattr(value, "__func__", value)
            if isinstance(function, property):
                function = function.fget
            if (
                isinstance(function, FunctionType)
                and kind_of_file(function.__code__.co_filename) == USER
            ):
                yield function


def cause_at(kind: str, place: Place | None, op: str | None, *, certain: bool) -> Cause:
    """A cause at this line; never certain where there is none."""
    site = site_at(place)
    if site is None:
        return Cause(kind, op=op, certain=False)
    return Cause(kind, op, site.file, site.line, site.function, certain=certain, source=site.text)
