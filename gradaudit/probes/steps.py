"""The optimizers that were met: index, name, and which audited parameters each holds now.

`param_groups` are read anew at every step (groups are added, parameters frozen half-way); the
translation into indices is cached until the groups or the registry change.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch.optim.optimizer import Optimizer

from gradaudit.events import BoolArray, IndexArray, OptimizerSeen, no_indices
from gradaudit.probes.measure import peek, sample
from gradaudit.probes.names import variable_name
from gradaudit.probes.registry import Registry
from gradaudit.probes.scout import Scout

CANARY = 4
LOOKS_AT_STEPS = 8
"""Steps of an optimizer after which all gradients are looked at; then at steps 16, 32, 64 ..."""


def _canary(tensor: torch.Tensor) -> bytes:
    """A few of its values, as bytes."""
    begin = peek(tensor)
    return sample(tensor, CANARY).tobytes() if begin is None else begin


class _Known:
    __slots__ = (
        "canary", "dead", "held", "key", "left_alone", "name", "ref", "steps", "unknown_told",
        "whole",
    )  # fmt: skip

    def __init__(self, optimizer: Optimizer | None, name: str) -> None:
        self.ref = weakref.ref(optimizer) if optimizer is not None else None
        self.name = name
        self.key: Any = None
        self.held: IndexArray = no_indices()
        self.steps = 0
        self.unknown_told: Any = None
        self.canary: tuple[int, Any] | None = None
        self.dead = False
        self.whole: IndexArray | None = None
        self.left_alone = 0
        """Steps in a row that were seen to leave the gradients as they were."""


class KnownOptimizers:
    """All optimizers met so far, and the pseudo-optimizer of loops that update by hand."""

    def __init__(self, registry: Registry, scout: Scout) -> None:
        self._registry, self._scout = registry, scout
        self._known: list[_Known] = []
        self._index: dict[int, int] = {}
        self._manual: int | None = None
        self._held_mask: BoolArray | None = None

    def __len__(self) -> int:
        """How many, the loop itself included."""
        return len(self._known)

    def total(self) -> int:
        """How many optimizers were met."""
        return sum(one.ref is not None for one in self._known)

    def index_of(self, optimizer: Optimizer) -> int | None:
        """The index of this optimizer, None if it was not met."""
        index = self._index.get(id(optimizer))
        if index is None:
            return None
        ref = self._known[index].ref
        return index if ref is not None and ref() is optimizer else None

    def holds_audited(self, optimizer: Optimizer) -> bool:
        """Does it hold an audited parameter?"""
        return any(
            True for g in optimizer.param_groups for _ in self._registry.indices_of(g["params"])
        )

    def held(self, index: int) -> IndexArray:
        """Audited parameters that it held when it was last met."""
        return self._known[index].held

    def holds_everything(self, index: int, held: IndexArray) -> bool:
        """Is `held`, of this optimizer, every audited parameter in the order of their indices?"""
        n, one = len(self._registry), self._known[index]
        if len(held) != n:
            return False
        if one.whole is not held:
            if not (held == np.arange(n)).all():
                return False
            one.whole = held
        return True

    def holds_dead(self, index: int) -> bool:
        """Does it hold parameters that the models have no longer?"""
        return self._known[index].dead

    def held_by_any(self) -> set[int]:
        """Audited parameters that some torch optimizer holds."""
        return set(np.flatnonzero(self.held_mask()).tolist())

    def held_mask(self) -> BoolArray:
        """The same as a mask; do not write to it."""
        n = len(self._registry)
        if self._held_mask is None or len(self._held_mask) != n:
            self._held_mask = np.zeros(n, np.bool_)
            for one in self._known:
                if one.ref is not None:
                    self._held_mask[one.held] = True
        return self._held_mask

    def leaves_gradients(self, index: int) -> bool:
        """Have its steps left the gradients as they were, each time that all were looked at?"""
        one = self._known[index]
        return one.left_alone >= LOOKS_AT_STEPS and one.steps & (one.steps - 1) != 0

    def note_gradients(self, index: int, *, left_alone: bool) -> None:
        """A step is over; were the gradients the same after it?"""
        one = self._known[index]
        one.left_alone = one.left_alone + 1 if left_alone else 0

    def count(self, index: int) -> int:
        """Steps that this optimizer has taken."""
        return self._known[index].steps

    def stepped(self, index: int) -> None:
        """It took one more; values that it moved are no hand's work."""
        self._known[index].steps += 1
        for one in self._known:
            one.canary = None

    def _key(self, optimizer: Optimizer, one: _Known) -> Any:
        """Changes when what it holds may have changed; and at steps 1, 2, 4, 8 ... to be sure."""
        return (
            self._registry.generation,
            tuple((id(g["params"]), len(g["params"])) for g in optimizer.param_groups),
            one.steps if one.steps & (one.steps - 1) == 0 else -1,
        )

    def is_current(self, optimizer: Optimizer) -> bool:
        """Is what is known of it up to date?"""
        return self.current_index(optimizer) is not None

    def current_index(self, optimizer: Optimizer) -> int | None:
        """Its index, if what is known of it is up to date."""
        index = self.index_of(optimizer)
        if index is None:
            return None
        one = self._known[index]
        return index if one.key == self._key(optimizer, one) else None

    def meet(
        self, optimizer: Optimizer, step: int, frame: FrameType | None
    ) -> tuple[int, OptimizerSeen | None]:
        """Its index, and an event where it, or what it holds, is new."""
        index = self.index_of(optimizer)
        new = index is None
        if index is None:
            name = variable_name(optimizer, frame) or type(optimizer).__name__
            index = len(self._known)
            self._known.append(_Known(optimizer, name.removeprefix("self.")))
            self._index[id(optimizer)] = index
        one = self._known[index]
        groups = optimizer.param_groups
        key = self._key(optimizer, one)
        if not new and key == one.key:
            return index, None
        one.key = key
        held: list[int] = []
        of_group: list[int] = []
        unknown: list[torch.Tensor] = []
        for number, group in enumerate(groups):
            for p in group["params"]:
                i = self._registry.index_of(p)
                if i is None:
                    unknown.append(p)
                else:
                    held.append(i)
                    of_group.append(number)
        array = np.asarray(held, np.int32)
        told = tuple(id(p) for p in unknown), len(self._registry)
        if not new and np.array_equal(array, one.held) and told == one.unknown_told:
            return index, None
        one.held, one.unknown_told = array, told
        self._held_mask = None
        dead = self._scout.dead_parameters(optimizer, unknown)
        one.dead = bool(dead)
        rates = [g.get("lr") for g in groups]
        return index, OptimizerSeen(
            step=step,
            optimizer=index,
            name=one.name,
            held=array,
            groups=np.asarray(of_group, np.int32),
            learning_rates=tuple(
                float(r) if isinstance(r, (int, float)) else float("nan") for r in rates
            ),
            dead=tuple(name for _, name, _ in dead),
            twins=tuple(twin for _, _, twin in dead),
        )

    def seen(self, optimizer: Optimizer, step: int, frame: FrameType | None) -> OptimizerSeen:
        """Announce one that has not stepped."""
        event = self.meet(optimizer, step, frame)[1]
        assert event is not None
        return event

    def manual(self, held: IndexArray, step: int) -> tuple[int, OptimizerSeen | None]:
        """The loop itself, as an optimizer that holds what it moved."""
        if self._manual is None:
            self._manual = len(self._known)
            self._known.append(_Known(None, "the loop itself"))
        one = self._known[self._manual]
        if np.array_equal(one.held, held) and one.steps:
            one.steps += 1
            return self._manual, None
        one.held = held
        one.steps += 1
        return self._manual, OptimizerSeen(
            step=step,
            optimizer=self._manual,
            name=one.name,
            held=held,
            groups=np.zeros(len(held), np.int32),
            manual=True,
        )

    def rates_of(self, optimizer: Optimizer) -> Callable[[], dict[int, float]]:
        """`learning_rates` for later."""
        return lambda: self.learning_rates(optimizer)

    def learning_rates(self, optimizer: Optimizer) -> dict[int, float]:
        """Learning rate of each held parameter by index, where it is a plain number."""
        rates: dict[int, float] = {}
        for group in optimizer.param_groups:
            rate = group.get("lr")
            if isinstance(rate, (int, float)):
                for i in self._registry.indices_of(group["params"]):
                    rates[i] = float(rate)
        return rates

    # ------------------------------------------------------------ values changed between steps

    def note_values(self) -> None:
        """After a backward: remember a few values of one parameter of each optimizer."""
        for one in self._known:
            one.canary = None
            if one.ref is None or not len(one.held):
                continue
            i = int(one.held[0])
            tensor = self._registry.refs[i]()
            if tensor is not None and tensor.is_cpu and tensor.numel():
                one.canary = (i, _canary(tensor))

    def note_versions(self) -> None:
        """As `note_values`, of a loop that is well known: less is read, and less is seen."""
        for one in self._known:
            i = int(one.held[0])
            tensor = self._registry.refs[i]()
            one.canary = None if tensor is None else (i, tensor._version)

    def changed_by_hand(self) -> Any:
        """Parameters of optimizers whose values changed since the last backward without a step.

        SAM climbs along a gradient and then throws it away: it was used all the same.
        """
        mask = np.zeros(len(self._registry), np.bool_)
        for one in self._known:
            if one.canary is None:
                continue
            index, before = one.canary
            tensor = self._registry.refs[index]()
            if tensor is None:
                continue
            now = tensor._version if isinstance(before, int) else _canary(tensor)
            if before != now:
                mask[one.held] = True
        return mask
