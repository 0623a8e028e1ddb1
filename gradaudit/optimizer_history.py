"""What the events so far add up to for one optimizer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from gradaudit.arrays import IS_UNJUDGED, IntArray, grown
from gradaudit.contributions import Origin, SiteUse
from gradaudit.events import BoolArray, IndexArray, Site, Status, StepTaken, no_indices

NORMS_KEPT = 64
"""Steps whose total norm is remembered per optimizer."""

FIRST_NORM_AT = 10
"""Steps that the first norm is the median of."""


@dataclass(slots=True)
class OptimizerHistory:
    """Counts of one optimizer; `n_*` arrays have one entry per parameter index."""

    index: int
    name: str
    manual: bool = False
    held: IndexArray = field(default_factory=no_indices)
    groups: IndexArray = field(default_factory=no_indices)
    learning_rates: tuple[float, ...] = ()
    dead: tuple[str, ...] = ()
    twins: tuple[int, ...] = ()
    first_seen: int = 0
    steps: int = 0
    judged: int = 0
    attempts: int = 0
    skips_in_a_row: int = 0
    backwards_since: int = 0
    backwards_seen: int = 0
    last: StepTaken | None = None
    arrived_since: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    cleared_since: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    consumed: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    stale: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    stale_now: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    evaluated: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    n_judged: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    n_arrived: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    n_cleared: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    n_zero: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    longest_zero: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    longest_from: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    longest_to: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Steps of the run at which the longest row of zeros began and ended."""
    n_frozen: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    n_held: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    first_missing: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    last_missing: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    first_judged: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    zero_from: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    total_norms: deque[tuple[int, float]] = field(
        default_factory=lambda: deque[tuple[int, float]](maxlen=NORMS_KEPT)
    )
    first_norm: float = 0.0
    """Median total norm of the first steps, 0 until there were enough."""
    uses: dict[Origin, SiteUse] = field(default_factory=lambda: dict[Origin, SiteUse]())
    direct: set[Origin] = field(default_factory=lambda: set[Origin]())
    """Backwards right after which this optimizer steps."""
    cleared_at: Site | None = None
    cleared_by: str = ""
    windows: deque[int] = field(default_factory=lambda: deque[int](maxlen=32))
    no_arrival_steps: int = 0
    handmade_steps: int = 0
    early_norm: float = 0.0
    """The largest total norm of the first steps."""

    _ARRAYS = (
        "arrived_since", "cleared_since", "consumed", "stale", "stale_now", "evaluated",
        "n_judged", "n_arrived", "n_cleared", "n_zero", "longest_zero",
        "longest_from", "longest_to", "n_frozen",
        "n_held",
        "first_missing", "last_missing", "first_judged", "zero_from",
    )  # fmt: skip

    def repeat(self, step: StepTaken, count: int, backwards: int, totals: list[float]) -> None:
        """`count` more steps like the last one, of which `step` is the last.

        `backwards`: in each of them; `totals`: their total norms. What the step uses is what
        arrived: nothing was missing.
        """
        held, status = step.held, step.status
        self.last = step
        self.steps += count
        self.backwards_seen += count * backwards
        self.n_held[held] += count
        self.n_frozen[held[step.frozen]] += count
        self.windows.extend(list(self.windows)[-1:] * min(count, self.windows.maxlen or count))
        first = step.step - count + 1
        self.total_norms.extend((first + k, total) for k, total in enumerate(totals))
        judged = ~step.frozen & (status != Status.SKIPPED)
        self.judged += count
        self.n_judged[held[judged]] += count
        self.n_arrived[held[judged & ~IS_UNJUDGED[status]]] += count
        zero = held[judged & (status == Status.ZERO)]
        self.n_zero[zero] += count
        record = zero[self.n_zero[zero] > self.longest_zero[zero]]
        self.longest_zero[record] = self.n_zero[record]
        self.longest_from[record] = self.zero_from[record]
        self.longest_to[record] = step.step

    def grow(self, n: int) -> None:
        """Make room for `n` parameters."""
        for name in self._ARRAYS:
            old = getattr(self, name)
            if len(old) < n:
                setattr(self, name, grown(old, n, -1 if name.startswith(("first", "zero")) else 0))
