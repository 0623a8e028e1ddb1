"""What is known of a value that is not finite, and how the blame is passed on from call to call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch.nn import Module

from gradaudit.tracing.calls import Call, Origin, Place
from gradaudit.tracing.finite import FINITE, INF, NAN, WORDS
from gradaudit.tracing.node_risks import FILLS, MASKED_BY_INF, OVERWRITES, SAFE, op_name

MADE, OUTSIDE, MEANT = "made", "outside", "meant"


@dataclass(frozen=True)
class Birth:
    """Where a value stopped being finite.

    `kind`: "nonfinite-op" (this op made it out of finite values) or "nonfinite-input" (this op was
    the first that was given it); `op`: as the user knows it; `value`: "nan" or "inf" as it was
    born; `in_backward`: it was born in the backward of the op at `place`.
    """

    kind: str
    op: str
    place: Place | None
    module: Module | None
    value: str
    in_backward: bool = False
    certain: bool = True


@dataclass(slots=True, frozen=True)
class Bad:
    """What is known of a value that is not finite: its birth, and how it came about."""

    birth: Birth
    order: int
    source: str
    value: int


@dataclass(slots=True)
class Record:
    """What is judged of one call. Tensors appear as the keys of their storages."""

    origin: Origin
    given: int
    """What the user wrote into the call by hand: FINITE, INF or NAN."""
    overwrites: bool
    in_place: bool
    fresh: Sequence[int]
    inputs: Sequence[int] = ()
    outside: Sequence[tuple[int, int]] = ()
    outputs: Sequence[tuple[int, int]] = ()


class Judge:
    """Says of each call with something bad in it where that came from; see births, [Note: Births].

    `inner`: a birth that happened inside the call (in the backward that `autograd.grad` ran).
    """

    def __init__(self, inner: Callable[[Record], Bad | None]) -> None:
        self._inner = inner
        self.of_node: dict[int, Bad] = {}
        """Keys of nodes whose forward was given or has made a value that is not finite."""
        self.latest: Bad | None = None
        self.lost = False
        """Answers of this trace have never come: nothing can be said of it."""

    def judge(self, record: Record, value: int, bad: list[Bad]) -> Bad | None:
        """Of the call's result (`value` FINITE: a bad input that it did not let through)."""
        mine = self._origin_of_result(record, value, bad) if value else None
        mark = mine if mine is not None else min(bad, key=by_order, default=None)
        if mark is not None:
            for key in record.fresh:
                self.of_node[key] = mark
        return mine

    def _origin_of_result(self, record: Record, value: int, bad: list[Bad]) -> Bad:
        name = record.origin.name
        made = [b for b in bad if b.source == MADE]
        if made:
            return min(made, key=by_order)
        outside = [b for b in bad if b.source == OUTSIDE]
        masks = bool(bad) and all(b.value == INF for b in bad)
        if value == NAN and masks and (name in MASKED_BY_INF or not (outside or name in SAFE)):
            return self._born(record, value)  # what made a NaN of masks is to blame
        if outside:
            return min(outside, key=by_order)
        if bad:
            meant = bad[0]
            if meant.value == NAN and name not in SAFE and name not in FILLS:
                return self.from_outside(record, NAN)
            return meant
        computed = name not in FILLS and bool(record.fresh)  # not a mask being made of constants
        if not computed and (record.given or (name in FILLS and not record.inputs)):
            if value == NAN and record.given != NAN and name not in FILLS:
                return self._born(record, value)
            meant = replace(self._born(record, value), source=MEANT)
            return replace(meant, birth=replace(meant.birth, certain=False))
        latest = self.latest
        if latest is not None and latest.order > record.origin.number:
            return latest  # born in a call that was made inside this one
        grad = self._inner(record)
        if grad is not None:
            return grad
        if record.in_place and (name in SAFE or name in FILLS):
            return self.from_outside(record, value)
        return self._born(record, value)

    def _born(self, record: Record, value: int) -> Bad:
        origin = record.origin
        birth = Birth("nonfinite-op", op_name(origin.name), origin.place, origin.module,
                      WORDS[value])  # fmt: skip
        bad = Bad(birth, origin.number, MADE, value)
        self.latest = bad
        return bad

    def from_outside(self, record: Record, value: int) -> Bad:
        """It was bad when it came to this call, and was not computed in the trace."""
        origin = record.origin
        birth = Birth("nonfinite-input", op_name(origin.name), origin.place, origin.module,
                      WORDS[value])  # fmt: skip
        return Bad(birth, origin.number, OUTSIDE, value)


def by_order(bad: Bad) -> int:
    """The earlier birth first."""
    return bad.order


def record_of(call: Call, fresh: Sequence[int]) -> Record:
    """The call without its tensors."""
    origin = Origin(call.number, call.name, call.place, call.module)
    given = max(written(call.args), written(call.kwargs.values()))
    in_place = call.target is not None
    overwrites = call.name in OVERWRITES
    inputs = [1] if call.inputs else []
    return Record(origin, given, overwrites, in_place, fresh, inputs)


def written(values: Iterable[Any], depth: int = 0) -> int:
    """Is there a NaN or an Inf among these Python numbers?"""
    worst = FINITE
    for value in values:
        if isinstance(value, float):
            if value - value != 0:
                worst = max(worst, NAN if value != value else INF)
        elif isinstance(value, list | tuple) and depth < 4 and len(value) < 4096:
            worst = max(worst, written(value, depth + 1))
    return worst


__all__ = [
    "MADE",
    "MEANT",
    "OUTSIDE",
    "Bad",
    "Birth",
    "Judge",
    "Record",
    "by_order",
    "record_of",
    "written",
]
