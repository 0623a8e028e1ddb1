"""What is true of every gradient, found the slow way: clones of everything, and plain loops.

Nothing here is shared with the library. Arrival is what torch's own post-accumulate hook says,
values are cloned and looked at element by element, and what a step has used is kept in sets.

What counts as the same gradient (the library's documented rule):
 * None, or zeros however they got there, when the next backward begins: a new beginning.
 * changed by hand after a step used it and before anything was added: a new beginning.
 * changed by hand after something was added: the same at a step, new when a backward begins.
 * clipping by torch's functions: still the same, and judged by what it was before the clipping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from torch import Tensor


def status_and_norm(grad: Tensor | None) -> tuple[str, float]:
    """Of one gradient: "none", "skipped" (empty), "nan", "inf", "zero" or "ok", and the L2 norm."""
    if grad is None:
        return "none", math.nan
    values = [float(v) for v in grad.detach().double().reshape(-1).tolist()]
    if not values:
        return "skipped", 0.0
    if any(math.isnan(v) for v in values):
        return "nan", math.nan
    if any(math.isinf(v) for v in values):
        return "inf", math.inf
    if all(v == 0.0 for v in values):
        return "zero", 0.0
    return "ok", math.hypot(*values)


@dataclass
class Backward:
    """What one backward did, by name of the parameter."""

    arrived: set[str]
    status: dict[str, str]
    norm: dict[str, float]
    raised: bool


@dataclass
class Step:
    """What one optimizer step used, by name of the parameter; `number`: of the optimizer."""

    number: int
    held: list[str]
    status: dict[str, str]
    norm: dict[str, float]
    stale: set[str]


@dataclass
class Oracle:
    """Told of every event before and after it happens; keeps what the library has to say."""

    parameters: dict[str, Tensor]
    held: list[list[str]]
    backwards: list[Backward] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hooked: set[str] = set()
        self._used: list[set[str]] = [set() for _ in self.held]
        self._stale: list[set[str]] = [set() for _ in self.held]
        self._added: set[str] = set()
        self._touched: set[str] = set()
        self._judged = dict.fromkeys(self.parameters)  # clones: what a step is judged by
        self._before: dict[str, Tensor | None] = {}
        for name, p in self.parameters.items():
            p.register_post_accumulate_grad_hook(lambda q, name=name: self._hook(name, q))

    def _hook(self, name: str, p: Tensor) -> None:
        # torch calls the hook of a parameter frozen after its forward, and adds nothing to it.
        if p.requires_grad:
            self._hooked.add(name)

    def _clones(self) -> dict[str, Tensor | None]:
        return {
            name: None if p.grad is None else p.grad.detach().clone()
            for name, p in self.parameters.items()
        }

    def _begin_anew(self, name: str) -> None:
        for names in (*self._used, *self._stale):
            names.discard(name)

    def _shown(self, name: str, plain: str, *, stale: bool, waiting: bool = False) -> str:
        p = self.parameters[name]
        if not p.requires_grad and not waiting:
            return "frozen"
        if p.numel() == 0:
            return "skipped"
        return "stale" if stale and plain in ("ok", "zero") else plain

    # ------------------------------------------------------------------ events

    def backward_begins(self) -> None:
        self._hooked.clear()
        self._before = self._clones()
        for name, grad in self._before.items():
            empty = status_and_norm(grad)[0] in ("none", "zero", "skipped")
            if empty or name in self._touched:
                self._begin_anew(name)
        self._touched.clear()

    def backward_ends(self, *, raised: bool) -> None:
        arrived = set(self._hooked)
        after = self._clones()
        self._judged = after
        found = Backward(arrived, {}, {}, raised)
        for name, grad in after.items():
            onto = status_and_norm(self._before[name])[0] not in ("none", "zero", "skipped")
            stale = False
            if name in arrived:
                self._added.add(name)
                for used, stale_ones in zip(self._used, self._stale, strict=True):
                    if onto and name in used:
                        stale_ones.add(name)
                        stale = True
            plain, found.norm[name] = status_and_norm(grad)
            found.status[name] = self._shown(name, plain, stale=stale)
        self.backwards.append(found)

    def cleared(self) -> None:
        """`.grad` was set to None or zeroed in whatever way: judged by what it is now."""
        for name, grad in self._clones().items():
            if status_and_norm(grad)[0] in ("none", "zero"):
                self._judged[name] = grad
                self._added.discard(name)
                self._begin_anew(name)

    def touched(self, name: str) -> None:
        """Changed by hand, and not to zero."""
        grad = self.parameters[name].grad
        if grad is None:
            return
        self._judged[name] = grad.detach().clone()
        if name in self._added:
            self._touched.add(name)
        else:
            self._begin_anew(name)

    def clipped(self) -> None:
        """By torch's functions."""
        self._touched.clear()

    def step_begins(self, number: int) -> None:
        self._touched.clear()
        found = Step(number, list(self.held[number]), {}, {}, set())
        for name in self.held[number]:
            plain, found.norm[name] = status_and_norm(self._judged[name])
            # Frozen after its gradient came: this step still trains it.
            waiting = name in self._added and self.parameters[name].grad is not None
            found.status[name] = self._shown(name, plain, stale=False, waiting=waiting)
            if name in self._stale[number] and self.parameters[name].grad is not None:
                found.stale.add(name)
        self.steps.append(found)
        for name in self.held[number]:
            self._stale[number].discard(name)
            self._used[number].discard(name)
            self._added.discard(name)
            if self.parameters[name].grad is not None:
                self._used[number].add(name)

    # ------------------------------------------------------------------ the finding

    def missing_zero_grad(self) -> list[tuple[frozenset[str], int, int, int]]:
        """Per optimizer with any: (parameters, number of steps, first step, last step)."""
        found = []
        for number in range(len(self.held)):
            mine = [(i, s) for i, s in enumerate(self.steps) if s.number == number and s.stale]
            if mine:
                names = frozenset(name for _, s in mine for name in s.stale)
                found.append((names, len(mine), mine[0][0], mine[-1][0]))
        return sorted(found, key=lambda one: (one[2], one[3], sorted(one[0])))
