"""Where tensors without a graph come from: made, frozen, cut off, or given to `autograd.grad`.

Kept as long as the tensors live, unlike what the tracer itself remembers of one step. Weak
references only.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch

from gradaudit.tracing.calls import Call, Place
from gradaudit.tracing.creations import Creations
from gradaudit.tracing.cuts import Cut, CutLog
from gradaudit.tracing.opnames import CREATORS
from gradaudit.tracing.regions import Regions
from gradaudit.tracing.taints import Taints

RECORDS_KEPT = 8192
"""More records than this are looked through for those whose tensors are gone."""
SOURCES_KEPT = 4


class Birth(NamedTuple):
    """How a tensor came to be.

    `number`: counts what was noted, in order; `op`: as torch calls it; `created`: out of nothing,
    by a line that could have said requires_grad=True; `sources`: the tensors out of nothing that
    it was computed from ([] where it was itself, or where they are not known); `complete`: all of
    them are known; `cut`: where it lost its graph, None where it never had one; `region`: the
    inference mode it was made in.
    """

    ref: Any
    number: int
    place: Place | None
    op: str
    created: bool
    sources: tuple[Birth, ...]
    complete: bool
    cut: Cut | None
    region: Place | None


class Changed(NamedTuple):
    """Something done to one tensor: `number` in the same order."""

    ref: Any
    number: int
    place: Place | None


class Provenance:
    """Hears what the tracer's `Creations` hear, and keeps it for longer."""

    def __init__(
        self, count: Callable[[], int], regions: Regions, taints: Taints, cuts: CutLog
    ) -> None:
        self._count, self._regions, self._taints, self._cuts = count, regions, taints, cuts
        self._births: dict[int, Birth] = {}
        self._off: dict[int, Changed] = {}
        self._given: dict[int, Changed] = {}
        self._results: list[Any] = []
        """Values with a graph."""
        self._limit = self._results_limit = RECORDS_KEPT

    def listen(self, creations: Creations) -> None:
        """Hear of every call that these are told of."""
        note, release = creations.note, creations.release

        def both(call: Call) -> None:
            note(call)
            self._note(call)

        def both_release(tensor: torch.Tensor) -> None:
            release(tensor)
            self._release(tensor)

        creations.note, creations.release = both, both_release  # type: ignore[method-assign]

    def _note(self, call: Call) -> None:
        """Look at a call that returned."""
        name = call.name
        if name in ("requires_grad_", "requires_grad="):
            value = call.args[1] if len(call.args) > 1 else call.kwargs.get("requires_grad", True)
            for tensor in call.inputs[:1]:
                if value:
                    self._off.pop(id(tensor), None)
                else:
                    self._off[id(tensor)] = self._changed(tensor, call.place)
            return
        if name == "grad":
            inputs = call.args[1] if len(call.args) > 1 else call.kwargs.get("inputs", ())
            for tensor in (inputs,) if isinstance(inputs, torch.Tensor) else inputs:
                if isinstance(tensor, torch.Tensor):
                    self._given[id(tensor)] = self._changed(tensor, call.place)
        for output in call.outputs:
            if not output.requires_grad or output.is_leaf:
                self._born(call, output)
            elif output.is_floating_point() or output.is_complex():
                self._results.append(weakref.ref(output))
        if len(self._results) > self._results_limit:
            self._results = [ref for ref in self._results if ref() is not None]
            self._results_limit = RECORDS_KEPT + 2 * len(self._results)
        if len(self._births) > self._limit:
            self._sweep()

    def _changed(self, tensor: torch.Tensor, place: Place | None) -> Changed:
        return Changed(weakref.ref(tensor), self._count(), place)

    def _born(self, call: Call, output: torch.Tensor) -> None:
        known = self.birth_of(output)
        if known is not None and output is call.target:
            return
        note = self._taints.of(output)
        cut = None
        if note is not None and note.depends and not note.live:
            cut = self._cuts.best(note.cuts, -1)
        region = self._regions.inference if output.is_inference() else None
        given = [t for t in call.inputs if t is not output and t.is_floating_point()]
        created = call.name in CREATORS or call.name == "Parameter" or not given
        births = [] if created else [self.birth_of(t) for t in given]
        # By number: comparing weak references compares what they refer to.
        found = {s.number: s for one in births if one is not None for s in one.sources or (one,)}
        sources = list(found.values())
        self._births[id(output)] = Birth(
            weakref.ref(output),
            self._count(),
            call.place,
            call.name,
            created,
            tuple(sources[:SOURCES_KEPT]),
            None not in births and len(sources) <= SOURCES_KEPT,
            cut,
            None if region is None else region.place,
        )

    def _sweep(self) -> None:
        for table in (self._births, self._off, self._given):
            for key in [key for key, one in table.items() if one.ref() is None]:
                del table[key]  # type: ignore[attr-defined]
        self._limit = RECORDS_KEPT + 2 * len(self._births)

    # ------------------------------------------------------------------ asking

    def birth_of(self, tensor: torch.Tensor) -> Birth | None:
        """Where this very tensor was made."""
        one = self._births.get(id(tensor))
        return one if one is not None and one.ref() is tensor else None

    def switched_off(self, tensor: torch.Tensor) -> Changed | None:
        """Where its requires_grad was switched off."""
        return _of(self._off, tensor)

    def given_to_grad(self, tensor: torch.Tensor) -> Changed | None:
        """The last `autograd.grad` that was asked for its gradient."""
        return _of(self._given, tensor)

    def retaining(self) -> list[Any]:
        """Weak references to the values that keep their gradients now (retain_grad)."""
        alive = {id(t): ref for ref in self._results if (t := ref()) is not None}
        return [ref for ref in alive.values() if (t := ref()) is not None and t.retains_grad]

    # ------------------------------------------------------------------ forgetting

    def _release(self, tensor: torch.Tensor) -> None:
        """No weak reference to this tensor any more."""
        tables: Iterable[dict[int, Any]] = (self._births, self._off, self._given)
        for table in tables:
            table.pop(id(tensor), None)
        self._results = [ref for ref in self._results if ref() is not tensor]

    def close(self) -> None:
        """Forget all."""
        self._births.clear()
        self._off.clear()
        self._given.clear()
        self._results.clear()


def _of(table: dict[int, Changed], tensor: torch.Tensor) -> Changed | None:
    one = table.get(id(tensor))
    return one if one is not None and one.ref() is tensor else None
