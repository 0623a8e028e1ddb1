"""What the tracer's rooms are asked at the boundaries of backwards and steps, as events."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch.optim.optimizer import Optimizer

from gradaudit.causes import Cause
from gradaudit.events import AutogradRaised, DataEdited, FrontierFound, GraphGrew, Site
from gradaudit.probes.loss import Loss
from gradaudit.probes.registry import Registry
from gradaudit.tracing.frontier import Frontier
from gradaudit.tracing.growth import GrowthWatch
from gradaudit.tracing.raised import explain
from gradaudit.tracing.survivors import Survivors
from gradaudit.tracing.tracer import Tracer

FRONTIERS_SOUGHT = 4
"""Bad backwards whose graph is walked; later only every power of two."""


class Diagnosis:
    """Errors, silent edits, growing graphs, and where an untraced backward went bad."""

    def __init__(self, registry: Registry, tracer: Tracer, survivors: Survivors) -> None:
        self._registry, self._tracer = registry, tracer
        self.survivors = survivors
        self._frontier = Frontier()
        self._growth = GrowthWatch(survivors)
        self._bad_backwards = 0
        self._stepped: tuple[Callable[[], Any], str, Callable[[torch.Tensor], bool]] = (
            _nothing, "", _held_by_nobody,
        )  # fmt: skip
        self._last = 0
        """Id of the last exception that was explained: it may leave the script as well."""
        self._told: set[tuple[object, ...]] = set()

    def backward_begins(self, roots: tuple[Any, ...], loss: Loss, *, traced: bool) -> None:
        """Before it: what it looks like while it is traced, or why its loss is bad."""
        if traced:
            self._frontier.remember(roots, self._tracer.origins)
        elif loss.known and loss.value - loss.value != 0.0 and self._is_sought():
            self._frontier.before(roots)

    def close(self) -> None:
        """Forget what is remembered of graphs."""
        self._frontier.forget()

    def _is_sought(self) -> bool:
        n = self._bad_backwards
        return n < FRONTIERS_SOUGHT or n & (n - 1) == 0

    def frontier(
        self, roots: tuple[Any, ...], bad: Mapping[int, bool], number: int, step: int
    ) -> FrontierFound | None:
        """After an untraced backward that left something non-finite. `bad`: by parameter index."""
        self._bad_backwards += 1
        if not self._is_sought():
            return None
        tensors = self._registry.tensors()
        by_id = {id(tensors[i]): value for i, value in bad.items() if tensors[i] is not None}
        gap = self._frontier.after(roots, by_id)
        if gap is None:
            return None
        index = {key: i for i, key in enumerate(map(id, tensors))}
        cause = None
        if gap.kind is not None:
            module = self._tracer.name_of(gap.module)
            cause = Cause.at(gap.kind, gap.site, gap.op, module, certain=gap.certain)
        return FrontierFound(
            step=step,
            backward=number,
            after=-1 if gap.after is None else index.get(gap.after, -1),
            before=-1 if gap.before is None else index.get(gap.before, -1),
            nodes=gap.nodes,
            cause=cause,
        )

    def edited(self, number: int, step: int) -> Iterator[DataEdited]:
        """Values that the backward which ends now has used, changed behind autograd's back."""
        for one in self._tracer.take_edits():
            yield DataEdited(
                step=step,
                backward=number,
                tensor=one.tensor,
                cause=one.cause,
                saved_by=one.saved_by,
                saved_at=one.saved_at,
            )

    def raised(
        self,
        error: BaseException,
        roots: tuple[Any, ...] | None,
        frame: FrameType | None,
        site: Site | None,
        step: int,
    ) -> AutogradRaised | None:
        """What is behind an exception; None where autograd did not raise it, or it was told."""
        if not isinstance(error, RuntimeError) or id(error) == self._last:
            return None
        known = explain(error, roots, self._tracer.edits, self.survivors, frame, site)
        if known is None:
            return None
        self._last = id(error)
        # All errors of a second backward have one text; those of a changed value name it.
        same = known.error if known.rule != "GA703" else (known.tensor, known.backward_site)
        if (known.rule, same) in self._told:
            return None
        self._told.add((known.rule, same))
        indices = sorted(set(self._registry.indices_of(known.leaves)))
        return AutogradRaised(
            step=step,
            rule=known.rule,
            error=known.error,
            tensor=known.tensor,
            cause=known.cause,
            saved_by=known.saved_by,
            saved_at=known.saved_at,
            backward_site=known.backward_site,
            earlier_site=known.earlier_site,
            parameters=np.asarray(indices, np.int32),
        )

    def stepping(self, optimizer: Optimizer, site: Site | None) -> None:
        """An optimizer is about to change what it holds."""
        ref, op, holds = self._stepped
        if ref() is not optimizer:
            ref, op = weakref.ref(optimizer), f"{type(optimizer).__name__}.step"
            holds = functools.partial(_holds, ref)
            self._stepped = ref, op, holds
        self.survivors.changed(op, site, holds)

    def state_loaded(self, module: torch.nn.Module, site: Site | None) -> None:
        """`load_state_dict` is changing the parameters of a module."""
        holds = functools.partial(_is_in, weakref.ref(module))
        self.survivors.changed("Module.load_state_dict", site, holds)

    def grown(self, step: int, frame: FrameType | None) -> Iterator[GraphGrew]:
        """Variables that hold a graph which grew with every step. `step`: how many are complete."""
        if self._growth.is_due(step):
            for one in self._growth.look(step, frame):
                yield GraphGrew(
                    step=step, tensor=one.tensor, sizes=one.sizes, steps=one.steps, cause=one.cause
                )


def _nothing() -> None:
    """The reference to an optimizer that there never was."""


def _held_by_nobody(tensor: torch.Tensor) -> bool:
    return False


def _is_in(module: weakref.ref[torch.nn.Module], tensor: torch.Tensor) -> bool:
    alive = module()
    return alive is not None and any(p is tensor for p in alive.parameters())


def _holds(optimizer: weakref.ref[Optimizer], tensor: torch.Tensor) -> bool:
    alive = optimizer()
    if alive is None:
        return False
    return any(p is tensor for group in alive.param_groups for p in group["params"])
