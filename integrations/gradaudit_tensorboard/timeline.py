"""Which steps a run has, and in which row of which block each of them lies.

[Note: Resumed runs] A run that is resumed writes its steps under a later start. Where the steps of
two starts overlap the later one holds: from its first step to its last it alone is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from gradaudit_tensorboard.pooling import Bytes, Indices


@dataclass(frozen=True, slots=True)
class Stored:
    """A block of the log: its steps (int64 [S], increasing) and where it can be read again.

    `start`, `tag`, `place`: the start of the run, the tag, and its number below that tag;
    `width`: the number of parameters that it knows; `had`: see `pooling.had`, of all its steps.
    """

    start: int
    tag: str
    place: int
    steps: Indices
    width: int
    had: Bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows `begin` to `end` of a block; they are the steps from place `offset` of the timeline."""

    block: Stored
    begin: int
    end: int
    offset: int

    @property
    def whole(self) -> bool:
        """All rows of its block."""
        return self.begin == 0 and self.end == len(self.block.steps)

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What names these rows among all of a track."""
        return self.block.tag, self.block.place, self.begin, self.end


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps that are shown (int64 [N], increasing), and the segments that hold them."""

    steps: Indices = field(default_factory=lambda: np.zeros(0, np.int64))
    segments: tuple[Segment, ...] = ()

    def within(self, first: int, last: int) -> tuple[int, int]:
        """Places of the steps from `first` to `last`, the end not included."""
        begin = int(np.searchsorted(self.steps, first, "left"))
        return begin, max(begin, int(np.searchsorted(self.steps, last, "right")))

    def between(self, begin: int, end: int) -> Sequence[Segment]:
        """The segments that have a step at places from `begin` up to `end`, in order."""
        offsets = [one.offset for one in self.segments]
        low = max(0, int(np.searchsorted(offsets, begin, "right")) - 1)
        return self.segments[low : int(np.searchsorted(offsets, end, "left"))]


def timeline(starts: Iterable[Sequence[Stored]]) -> Timeline:
    """The steps of all starts, the latest start first. Steps that go back within one are dropped.

    See [Note: Resumed runs].
    """
    taken: list[tuple[int, int]] = []
    pieces: list[tuple[Stored, int, int]] = []
    for blocks in starts:
        lows = np.array([low for low, _ in taken], np.int64)
        highs = np.array([high for _, high in taken], np.int64)
        last: int | None = None
        first = 0
        for block in sorted(blocks, key=lambda one: int(one.steps[0])):
            fresh = 0 if last is None else int(np.searchsorted(block.steps, last, "right"))
            if fresh == len(block.steps):
                continue
            first = int(block.steps[fresh]) if last is None else first
            last = int(block.steps[-1])
            pieces += [(block, *rows) for rows in _free(block.steps, fresh, lows, highs)]
        if last is not None:
            taken = _joined([*taken, (first, last)])
    pieces.sort(key=lambda one: int(one[0].steps[one[1]]))
    segments: list[Segment] = []
    offset = 0
    for block, begin, end in pieces:
        segments.append(Segment(block, begin, end, offset))
        offset += end - begin
    if not segments:
        return Timeline()
    steps = np.concatenate([one.block.steps[one.begin : one.end] for one in segments])
    return Timeline(steps, tuple(segments))


def row_bounds(segments: Sequence[Segment], begin: int, end: int, grain: int) -> Indices:
    """Where rows of `grain` steps begin on the timeline, and where the last one ends, [R + 1]."""
    if grain == 1 or begin == end:
        return np.arange(begin, end + 1)
    starts = [np.arange(one.offset, one.offset + one.end - one.begin, grain) for one in segments]
    last = segments[-1]
    bounds = np.append(np.concatenate(starts), last.offset + last.end - last.begin)
    low = int(np.searchsorted(bounds, begin, "right")) - 1
    return bounds[low : int(np.searchsorted(bounds, end, "left")) + 1]


def _free(steps: Indices, begin: int, lows: Indices, highs: Indices) -> list[tuple[int, int]]:
    """Runs of rows from `begin` on that lie in none of the intervals, nor on both sides of one."""
    if not len(lows):
        return [(begin, len(steps))]
    before = np.searchsorted(lows, steps[begin:], "right")
    free = (before == 0) | (steps[begin:] > highs[np.maximum(before, 1) - 1])
    mark = np.where(free, before, -1)
    edges = [0, *(np.flatnonzero(np.diff(mark)) + 1).tolist(), len(mark)]
    return [(begin + low, begin + high) for low, high in pairwise(edges) if mark[low] >= 0]


def _joined(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint and in order."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
