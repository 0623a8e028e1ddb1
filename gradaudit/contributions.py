"""Which backwards are still in the gradients, and what became of those that are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from gradaudit.events import BoolArray, Site

CONTRIBUTIONS_KEPT = 64
"""Backwards whose gradients are still unreset are remembered up to this many."""


@dataclass(slots=True, eq=False)
class Contribution:
    """One backward, for as long as something of it may be in a `.grad`."""

    number: int
    site: Site | None
    stack: str
    live: BoolArray
    finite: bool
    fresh: BoolArray
    arrived: BoolArray
    zeroed: frozenset[int]
    step_group: set[int] = field(default_factory=lambda: set[int]())
    closed: bool = False
    group_at_close: frozenset[int] = frozenset()


Origin: TypeAlias = tuple[Site | None, str, frozenset[int]]
"""Where a backward was called, the lines that led there, which optimizers' parameters it reached.

One line may run the backwards of several losses (a helper that is called from two places, a loop
over optimizers): the lines outside, and what they reach, tell them apart.
"""


@dataclass(slots=True)
class SiteUse:
    """What became of the gradients that backwards of one origin left for one optimizer."""

    used: int = 0
    discarded: int = 0
    short_windows: int = 0
    first_discard: int = 0
    last_discard: int = 0
    window: int = 0
    cleared_at: Site | None = None
    parameters: BoolArray | None = None
