"""A run in bounded memory: the columns of a report's heat map.

While there is room each column is kept as it is. When there is none, each two neighbours become
one: the worst status of each parameter and its largest norm stay. From then on twice as many
columns go into one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gradaudit.columns import (
    RANK_OF_STATUS,
    STATUS_OF_RANK,
    UNSEEN,
    WORST_FIRST,
    Column,
    Columns,
)
from gradaudit.events import Event, ParameterInfo
from gradaudit.normcodes import NO_NORM, encode_norms
from gradaudit.rounds import RepeatedRounds

MOST_CELLS: Final = 1 << 22
"""Columns times parameters that are kept: 12 MiB."""
MOST_COLUMNS: Final = 1 << 14
"""Columns that are kept however few the parameters are: more than a screen has pixels."""
_BATCH: Final = 16
"""Columns that are taken in together: numpy's calls cost more than their work."""
_NOTHING: Final = len(WORST_FIRST) - 1
"""The rank of `UNSEEN`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grid:
    """The columns of a run. Arrays are read only.

    `first`, `last`: int64 [C], numbers of the first and the last optimizer step of each column,
    increasing; `status`: uint8 [C, P], codes of `events.Status`, 255 for nothing seen; `norms`:
    uint16 [C, P], see `gradaudit.normcodes`; `parameters`: P of them; `rank`: of the process.
    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    status: npt.NDArray[np.uint8]
    norms: npt.NDArray[np.uint16]
    parameters: tuple[ParameterInfo, ...]
    rank: int = 0


class Recorder:
    """Takes events, keeps columns. See the top."""

    def __init__(self, most_cells: int = MOST_CELLS) -> None:
        self._columns = Columns()
        self._most_cells = most_cells
        self._pending: list[Column] = []
        self._count = 0
        self._together = 1
        """Columns of the run that go into one that is kept."""
        self._in_last = 0
        self._first: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._last: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._ranks: npt.NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        """Places in `WORST_FIRST` instead of statuses: the smallest is the worst."""
        self._norms: npt.NDArray[np.uint16] = np.zeros((0, 0), np.uint16)

    def feed(self, event: Event) -> None:
        """Take one event into account."""
        for column in self._columns.feed(event):
            self._pending.append(column)
            if len(self._pending) >= _BATCH:
                self._take_in()

    def repeat(self, rounds: RepeatedRounds) -> None:
        """As if the events of these rounds had been fed one by one."""
        self._pending += self._columns.repeat(rounds)
        if len(self._pending) >= _BATCH:
            self._take_in()

    def grid(self, rank: int = 0) -> Grid | None:
        """What is kept, and the step that is under way; None where there is no column at all."""
        self._take_in()
        rest, n = self._columns.rest(), len(self._columns.parameters)
        if not self._count and not rest:
            return None
        if n > self._ranks.shape[1]:
            self._make_room(n, 0)
        kept, count = self._count, self._count + len(rest)
        arrays = (
            np.append(self._first[:kept], [one.step for one in rest]).astype(np.int64),
            np.append(self._last[:kept], [one.last for one in rest]).astype(np.int64),
            np.full((count, n), UNSEEN, np.uint8),
            np.full((count, n), NO_NORM, np.uint16),
        )
        arrays[2][:kept] = STATUS_OF_RANK[self._ranks[:kept]]
        arrays[3][:kept] = self._norms[:kept]
        for k, one in enumerate(rest, kept):
            arrays[2][k], arrays[3][k] = one.status, encode_norms(one.norm, one.status)
        for array in arrays:
            array.setflags(write=False)
        first, last, status, norms = arrays
        return Grid(
            first=first,
            last=last,
            status=status,
            norms=norms,
            parameters=tuple(self._columns.parameters),
            rank=rank,
        )

    # ------------------------------------------------------------------ keeping

    def _take_in(self) -> None:
        """The pending columns, those of equally many parameters together."""
        pending, self._pending = self._pending, []
        while pending:
            n = len(pending[0].status)
            many = next((k for k, c in enumerate(pending) if len(c.status) != n), len(pending))
            some, pending = pending[:many], pending[many:]
            status = np.stack([column.status for column in some])
            norms = encode_norms(np.stack([column.norm for column in some]), status)
            self._keep(some, RANK_OF_STATUS[status], norms)

    def _keep(
        self, columns: list[Column], ranks: npt.NDArray[np.uint8], norms: npt.NDArray[np.uint16]
    ) -> None:
        n = ranks.shape[1]
        self._make_room(n, len(columns))
        for column, its_ranks, its_norms in zip(columns, ranks, norms, strict=True):
            if self._in_last < self._together and self._count:
                k = self._count - 1
                np.minimum(self._ranks[k, :n], its_ranks, out=self._ranks[k, :n])
                np.maximum(self._norms[k, :n], its_norms, out=self._norms[k, :n])
                self._last[k] = column.last
                self._in_last += 1
                continue
            if self._count == len(self._first):
                self._merge()
                if self._in_last < self._together:
                    self._keep([column], its_ranks[None], its_norms[None])
                    continue
            k = self._count
            self._ranks[k, :n], self._norms[k, :n] = its_ranks, its_norms
            self._first[k], self._last[k] = column.step, column.last
            self._count, self._in_last = k + 1, 1

    def _make_room(self, n: int, more: int) -> None:
        """Arrays for `more` columns of `n` parameters, as far as the limit allows."""
        width = max(n, self._ranks.shape[1])
        limit = max(2, min(MOST_COLUMNS, self._most_cells // max(width, 1)))
        while self._count > limit:
            self._merge()
        room = len(self._first)
        if width > self._ranks.shape[1] or (self._count + more > room and room < limit):
            room = min(limit, max(room, 2 * self._count, self._count + more, 64))
            ranks = np.full((room, width), _NOTHING, np.uint8)
            norms = np.full((room, width), NO_NORM, np.uint16)
            k = self._count
            ranks[:k, : self._ranks.shape[1]] = self._ranks[:k]
            norms[:k, : self._norms.shape[1]] = self._norms[:k]
            self._ranks, self._norms = ranks, norms
            self._first = np.resize(self._first, room) if room else self._first
            self._last = np.resize(self._last, room) if room else self._last

    def _merge(self) -> None:
        """Each two neighbours become one."""
        count = self._count
        pairs, odd = divmod(count, 2)
        half = pairs + odd
        for array, join in ((self._ranks, np.minimum), (self._norms, np.maximum)):
            array[:pairs] = join(array[: 2 * pairs : 2], array[1 : 2 * pairs : 2])
            if odd:
                array[pairs] = array[count - 1]
            array[half:] = _NOTHING if array is self._ranks else NO_NORM
        last = self._last[1 : 2 * pairs : 2].copy()
        if odd:
            last = np.append(last, self._last[count - 1])
        self._first[:half] = self._first[0:count:2].copy()
        self._last[:half] = last
        self._count = half
        # The last one holds what it held, and the other half of a pair if it had one.
        self._in_last += 0 if odd else self._together
        self._together *= 2


__all__ = ["MOST_CELLS", "UNSEEN", "Grid", "Recorder"]
