"""Of which terms is a loss the sum? Noted call by call, and lost at the first op that is no sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from gradaudit.tracing.calls import Call
from gradaudit.tracing.cuts import NUMBER, CutLog
from gradaudit.tracing.opnames import CARRIES_SUMMANDS, DETACHES, DIFFERENCES, SUMS
from gradaudit.tracing.taints import Parts, Summand, Taint, Taints

SUMMANDS_KEPT = 64
LARGEST_RANK = 2
"""Dimensions of a tensor of losses; sums of larger ones are activations."""

PartsOf = Callable[[Sequence[torch.Tensor]], Parts]


class Sums:
    """Keeps `summands` and `minus` of the notes of one trace."""

    def __init__(self, taints: Taints, cuts: CutLog, parts_of: PartsOf) -> None:
        self._taints, self._cuts, self._parts_of = taints, cuts, parts_of
        self._target_terms: tuple[Summand, ...] = ()

    def before_in_place(self, call: Call) -> None:
        """What the target was the sum of, before it is changed."""
        self._target_terms = ()
        target = call.inputs[0] if call.inputs else None
        if target is None or call.name not in SUMS:
            return
        note = self._taints.of(target)
        if note is not None and note.summands:
            self._target_terms = note.summands
            return
        depends, live, cuts = self._parts_of([target])
        if depends:
            self._target_terms = (Summand(depends, live, cuts or {}, None),)

    def note(self, call: Call, note: Taint, from_python: Parts) -> None:
        """A call returned a value with this note. `from_python`: of its Python numbers."""
        name = call.name
        if name in SUMS:
            self._sum(call, note, from_python)
        elif name in CARRIES_SUMMANDS:
            notes = [self._taints.of(t) for t in call.inputs]
            tainted = [one for one in notes if one is not None and one.depends]
            if len(tainted) == 1 and tainted[0].summands:
                note.summands = tainted[0].summands
        if name in DIFFERENCES:
            note.minus = tuple(id(t) for t in call.inputs)
        elif name in DETACHES and call.inputs:
            source = self._taints.of(call.inputs[0])
            inner = source.minus if source is not None else ()
            note.minus = (id(call.inputs[0]), *inner)

    def _sum(self, call: Call, note: Taint, from_python: Parts) -> None:
        output = call.outputs[0]
        if output.dim() > LARGEST_RANK or (call.name in DIFFERENCES and output.numel() > 1):
            return  # a difference of many numbers is an error, a ratio's logarithm: no two terms
        terms: list[Summand] = []
        in_place = call.target is not None
        for tensor in call.inputs:
            if in_place and tensor is call.target:
                terms.extend(self._target_terms)
                continue
            one = self._taints.of(tensor)
            if one is not None and one.summands:
                terms.extend(one.summands)
            else:
                depends, live, cuts = self._parts_of([tensor])
                if depends:
                    terms.append(Summand(depends, live, cuts or {}, call.place))
            if one is not None and one.minus and not one.live and len(call.inputs) == 2:
                self._straight_through(call, one)
        if from_python.depends:
            terms.append(Summand(from_python.depends, 0, from_python.cuts or {}, call.place))
        if 0 < len(terms) <= SUMMANDS_KEPT:
            note.summands = tuple(terms)

    def _straight_through(self, call: Call, detached: Taint) -> None:
        """`x + (y - x).detach()` has the value of y and the gradient of x; `x - x.detach()`."""
        if {id(t) for t in call.inputs} & set(detached.minus):
            for number in detached.cuts or ():
                self._cuts.all[number & NUMBER].meant = True
