"""Whether values moved: by a step, by the loop's own hand, against a freeze, or not at all.

Values are compared on a few elements: some spread over the tensor, and those where the gradient is
largest, which any optimizer must move first. Only on the CPU: reading a device would wait for it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gradaudit.arrays import IS_BAD
from gradaudit.events import INF, NAN, OK, ParametersChecked, StepTaken
from gradaudit.probes.measure import all_finite, dense_values, local_part, sample
from gradaudit.probes.plans import HALF
from gradaudit.probes.registry import Registry

LARGEST = 8
ROW, ROWS_AT_LEAST = 1024, 64
UPDATES_WATCHED = 10
"""A parameter must have moved after so many steps that consumed finite non-zero gradients."""

DESCENDS, CLIMBS = 0.3, 0.75
"""Cosine between a change and the gradient from which the change counts as using it.

Down it, momentum and adaptive rates bend the way; up it (an attack) only its own sign does. A
running average of another model drifts a little along its gradient as well.
"""

ENOUGH_ELEMENTS = 4
LATE_STARTS = 20

Floats = npt.NDArray[np.float64]


def _readable(tensor: torch.Tensor | None) -> bool:
    return (
        tensor is not None
        and tensor.device.type == "cpu"
        and tensor.numel() > 0
        and tensor.layout == torch.strided
    )


def _unknown(parameter: torch.Tensor) -> bool:
    """Nothing is known of the updates of this optimizer."""
    return False


def _largest(gradient: torch.Tensor) -> torch.Tensor:
    """Flat positions of the elements with the largest gradient.

    Of a large tensor, of those in the rows of `ROW` elements that have the largest norms: to sort
    all of them takes sixty times as long as to read them.
    """
    with torch.no_grad(), torch._C.DisableTorchFunction():
        flat = local_part(gradient).detach().reshape(-1)
        many = flat.numel() // ROW
        if many >= ROWS_AT_LEAST:
            rows = flat[: many * ROW].view(many, ROW)
            wide = torch.float32 if flat.dtype in HALF else None
            norms = torch.linalg.vector_norm(rows, 2.0, 1, dtype=wide)
            best = torch.topk(norms, LARGEST).indices
            if norms[best[0]] > 0.0:
                among = torch.topk(rows[best].abs().float().reshape(-1), LARGEST).indices
                return best[among // ROW] * ROW + among % ROW
        return torch.topk(flat.abs().float(), min(LARGEST, flat.numel())).indices


def _probe(tensor: torch.Tensor, positions: torch.Tensor | None) -> Floats:
    with torch.no_grad(), torch._C.DisableTorchFunction():
        spread = sample(tensor)
        if positions is None:
            return spread
        chosen = dense_values(local_part(tensor).detach().reshape(-1)[positions]).reshape(-1)
        return np.concatenate([spread, np.asarray(chosen.tolist(), np.float64)])


@dataclass(slots=True)
class _Baseline:
    """Values of one parameter when the watch on its movement began."""

    values: Floats
    positions: torch.Tensor | None
    rate: float
    steps: int = 0


class ValueWatch:
    """Looks at values around optimizer steps."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._baselines: dict[tuple[int, int], _Baseline] = {}
        self._started: set[tuple[int, int]] = set()
        self._frozen: dict[int, tuple[Floats, torch.Tensor | None]] = {}
        self._hand: dict[int, tuple[Floats, Floats]] = {}
        self._moving: set[tuple[int, float]] = set()
        """By optimizer, the learning rates with which some parameter moves."""
        self._rate: float | None = None

    # ------------------------------------------------------------ torch optimizers

    @staticmethod
    def is_due(number: int) -> bool:
        """Does a watch on all parameters begin at the step of this number?"""
        return number in (0, 100) or (number >= 1000 and number % 1000 == 0)

    def is_idle(self, event: StepTaken) -> bool:
        """Is nothing watched, or about to be, of what a step like this one consumes?"""
        if self._baselines or self._frozen or event.number < LATE_STARTS:
            return False
        learning = event.held[event.status == OK].tolist()
        return all((event.optimizer, i) in self._started for i in learning)

    def before_step(
        self,
        event: StepTaken,
        gradients: list[torch.Tensor | None],
        rates: Callable[[], dict[int, float]],
    ) -> None:
        """Take baselines where a watch begins: at steps 0, 100, 1000 ... of the optimizer."""
        due = self.is_due(event.number)
        # A gradient that is zero at first (LoRA's A) starts its watch in one of the next steps.
        late = event.number < LATE_STARTS or event.number % LATE_STARTS == 0
        if not due and not late and not event.frozen.any():
            return
        by_index = rates()
        for position, index in enumerate(event.held.tolist()):
            tensor, gradient = self._registry.refs[index](), gradients[index]
            if gradient is None or not _readable(tensor) or tensor is None:
                continue
            if event.frozen[position]:
                where = _largest(gradient) if _readable(gradient) else None
                self._frozen[index] = _probe(tensor, where), where
                continue
            first = late and (event.optimizer, index) not in self._started
            if (due or first) and event.status[position] == OK and _readable(gradient):
                self._started.add((event.optimizer, index))
                where = _largest(gradient)
                self._baselines[event.optimizer, index] = _Baseline(
                    _probe(tensor, where), where, by_index.get(index, 1.0)
                )

    def after_step(
        self,
        event: StepTaken,
        *,
        stale_casts: bool,
        rates: Callable[[], dict[int, float]],
        rounded_away: Callable[[torch.Tensor], bool] = _unknown,
    ) -> ParametersChecked | None:
        """What the step did to the values, None when nothing is worth telling.

        `rounded_away`: of a parameter, whether the dtype loses such an update as it gets.
        """
        nonfinite: list[int] = []
        unchanged: list[int] = []
        changed_frozen: list[int] = []
        rounded: list[bool] = []
        if not (self._baselines or self._frozen or stale_casts or IS_BAD[event.status].any()):
            return None
        statuses = event.status.tolist()
        rates = functools.cache(rates)  # of all parameters, and asked for each that did not move
        for position, index in enumerate(event.held.tolist()):
            tensor = self._registry.refs[index]()
            if tensor is None:
                continue
            status = statuses[position]
            bad = status in (NAN, INF) and tensor.device.type == "cpu"
            if bad and not all_finite(tensor):
                nonfinite.append(index)
            before = self._frozen.pop(index, None)
            if before is not None:
                now = _probe(tensor, before[1])
                if not np.array_equal(before[0], now, equal_nan=True):
                    changed_frozen.append(index)
            baseline = self._baselines.get((event.optimizer, index))
            if baseline is None:
                continue
            if status != OK:
                if status in (NAN, INF):
                    del self._baselines[event.optimizer, index]
                continue
            baseline.steps += 1
            if baseline.steps >= UPDATES_WATCHED:
                del self._baselines[event.optimizer, index]
                same = np.array_equal(baseline.values, _probe(tensor, baseline.positions))
                # A rate on its way up from nothing, or down to it, moves nothing for a while.
                if not same:
                    self._moving.add((event.optimizer, baseline.rate))
                elif rates().get(index, 1.0) == baseline.rate:
                    unchanged.append(index)
                    rounded.append(rounded_away(tensor))
        if not (nonfinite or unchanged or changed_frozen or stale_casts):
            return None
        by_index = rates() if unchanged else {}
        return ParametersChecked(
            step=event.step,
            optimizer=event.optimizer,
            nonfinite=np.asarray(nonfinite, np.int32),
            unchanged=np.asarray(unchanged, np.int32),
            changed_frozen=np.asarray(changed_frozen, np.int32),
            stale_casts=stale_casts,
            over=UPDATES_WATCHED,
            zero_rate=np.asarray([by_index.get(i, 1.0) == 0.0 for i in unchanged], np.bool_),
            rounded_away=np.asarray(rounded, np.bool_),
            others_move=np.asarray(
                [(event.optimizer, by_index.get(i, 1.0)) in self._moving for i in unchanged],
                np.bool_,
            ),
        )

    # ------------------------------------------------------------ loops without an optimizer

    def after_backward(self, indices: Iterable[int], gradients: list[torch.Tensor | None]) -> None:
        """Remember parameters that no optimizer holds, to see whether the loop moves them."""
        for index in indices:
            tensor, gradient = self._registry.refs[index](), gradients[index]
            if gradient is None or tensor is None:
                continue
            if _readable(tensor) and _readable(gradient):
                self._hand[index] = (sample(tensor), sample(gradient))

    def forget(self, index: int) -> None:
        """Another tensor, no continuation of the old one, has this index now."""
        self._hand.pop(index, None)

    def moved_by_hand(self) -> tuple[list[int], bool]:
        """Parameters that changed since `after_backward`, and whether along their gradients."""
        moved: list[int] = []
        changes: list[Floats] = []
        slopes: list[Floats] = []
        for index, (values, slope) in self._hand.items():
            tensor = self._registry.refs[index]()
            if tensor is None or not _readable(tensor):
                continue
            now = sample(tensor)
            if now.shape == values.shape and not np.array_equal(now, values, equal_nan=True):
                moved.append(index)
                changes.append(now - values)
                slopes.append(slope)
        self._hand.clear()
        if not moved:
            return moved, False
        change, slope = np.concatenate(changes), np.concatenate(slopes)
        return moved, _along(change, slope) and self._believable(change, slope)

    def _believable(self, change: Floats, slope: Floats) -> bool:
        """One or two numbers go down a gradient by chance: they must do so at one rate, twice."""
        use = np.isfinite(change) & np.isfinite(slope) & (slope != 0)
        if use.sum() >= ENOUGH_ELEMENTS or not use.any():
            return True
        rates = -change[use] / slope[use]
        rate, last = float(np.median(rates)), self._rate
        self._rate = rate
        steady = bool(np.allclose(rates, rate, rtol=1e-2))
        return steady and last is not None and bool(np.isclose(rate, last, rtol=1e-2))

    def still_watched(self) -> set[int]:
        """Indices that `moved_by_hand` would look at."""
        return set(self._hand)


def _along(change: Floats, slope: Floats) -> bool:
    """Did the change go down the gradient, or up (an attack does)?"""
    finite = np.isfinite(change) & np.isfinite(slope)
    change, slope = change[finite], slope[finite]
    sizes: Any = np.linalg.norm(change) * np.linalg.norm(slope)
    if not sizes:
        return not finite.all()
    cosine = float(change @ slope) / float(sizes)
    return cosine < -DESCENDS or cosine > CLIMBS
