"""Many cells in one: the worst status and the largest norm win, so that nothing bad gets lost.

[Note: Ranks] Status codes are in no order of severity. Inside the server a status is a *rank*
(uint8, 0 for "nothing seen", the higher the worse), so that pooling is a maximum.

Norm codes are in order already: none < zero < ordinary < inf < nan (see format.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gradaudit.columns import WORST_FIRST
from gradaudit.normcodes import FIRST_NORM, INF_NORM
from gradaudit_tensorboard.format import UNSEEN

Bytes: TypeAlias = npt.NDArray[np.uint8]
Codes: TypeAlias = npt.NDArray[np.uint16]
Indices: TypeAlias = npt.NDArray[np.int64]

_OF_RANK = bytes(reversed(WORST_FIRST))
_TO_RANK = bytes(_OF_RANK.index(code) if code in _OF_RANK else 0 for code in range(256))
_FROM_RANK = _OF_RANK.ljust(256, bytes([UNSEEN]))


def to_ranks(status: Bytes) -> Bytes:
    """Ranks of status codes, same shape; a code that nobody knows is "nothing seen"."""
    return _mapped(status, _TO_RANK)


def to_codes(ranks: Bytes) -> Bytes:
    """Status codes of ranks, same shape."""
    return _mapped(ranks, _FROM_RANK)


_BIT_OF_RANK = bytes(1 << rank >> 1 & 255 for rank in range(256))


def had(ranks: Bytes) -> Bytes:
    """Which ranks each parameter has had in these steps: bit r - 1 for rank r, uint8 [P]."""
    return np.bitwise_or.reduce(_mapped(ranks, _BIT_OF_RANK), axis=0)


def counted(bits: Bytes) -> dict[int, int]:
    """How many parameters have had each status, by its code, of what `had` tells; no zeros."""
    found = {
        code: int(np.count_nonzero(bits & np.uint8(1 << rank >> 1)))
        for rank, code in enumerate(_OF_RANK)
        if rank
    }
    return {code: many for code, many in sorted(found.items()) if many}


def _mapped(values: Bytes, table: bytes) -> Bytes:
    """`values` looked up in a table of 256 bytes; three times as fast as NumPy's indexing."""
    return np.frombuffer(values.tobytes().translate(table), np.uint8).reshape(values.shape)


@dataclass(frozen=True, slots=True)
class Cells:
    """Steps (or columns) x parameters: ranks uint8 [S, P], and largest norm codes uint16 [S, P].

    `low`: smallest ordinary codes uint16 [S, P], 65535 where there is none; None: the same as
    `norms`, since a row is a single step.
    """

    ranks: Bytes
    norms: Codes
    low: Codes | None = None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.ranks.nbytes + self.norms.nbytes + (0 if self.low is None else self.low.nbytes)

    def of(self, parameters: Indices) -> Cells:
        """These parameters alone; what lies beyond the last column was not seen."""
        known = parameters < self.ranks.shape[1]
        place = np.where(known, parameters, 0) if self.ranks.shape[1] else parameters * 0
        if not self.ranks.shape[1]:
            return empty(len(self.ranks), len(parameters))
        low = None if self.low is None else np.where(known, self.low[:, place], NO_LOW)
        return Cells(
            np.where(known, self.ranks[:, place], np.uint8(0)),
            np.where(known, self.norms[:, place], np.uint16(0)),
            low,
        )

    def rows(self, begin: int, end: int) -> Cells:
        """Some of the steps."""
        low = None if self.low is None else self.low[begin:end]
        return Cells(self.ranks[begin:end], self.norms[begin:end], low)

    def pooled(self, size: int) -> Cells:
        """One row for each `size` rows, with their smallest norms."""
        rows = len(self.ranks)
        pooled = empty(-(-rows // size), self.ranks.shape[1], with_low=True)
        pooled.take(self, np.arange(rows) // size)
        return pooled

    def lowest(self) -> Codes:
        """Smallest ordinary code of each cell, `NO_LOW` where it holds none."""
        if self.low is not None:
            return self.low
        ordinary = (self.norms >= FIRST_NORM) & (self.norms < INF_NORM)
        return np.where(ordinary, self.norms, NO_LOW)

    def take(self, other: Cells, rows: Indices) -> None:
        """Pool others into these: row k of theirs into row `rows[k]`, which never goes back.

        They may have fewer columns.
        """
        if not len(rows):
            return
        _pool(np.maximum, self.ranks, other.ranks, rows)
        _pool(np.maximum, self.norms, other.norms, rows)
        if self.low is not None:
            _pool(np.minimum, self.low, other.lowest(), rows)


def _pool(
    choose: np.ufunc,
    into: npt.NDArray[np.unsignedinteger],
    values: npt.NDArray[np.unsignedinteger],
    rows: Indices,
) -> None:
    width = values.shape[1]
    if width >= _WIDE:
        for row, value in zip(rows.tolist(), values, strict=True):
            place = into[row, :width]
            choose(place, value, out=place)
    else:
        firsts = np.flatnonzero(np.r_[True, np.diff(rows) > 0])
        for row, value in zip(
            rows[firsts].tolist(), choose.reduceat(values, firsts, axis=0), strict=True
        ):
            place = into[row, :width]
            choose(place, value, out=place)


_WIDE = 256
"""From so many columns on a call for each row takes a third of the time of NumPy's `reduceat`."""
NO_LOW = np.uint16(65535)
"""Stands where no ordinary norm is."""


def empty(rows: int, parameters: int, *, with_low: bool = False) -> Cells:
    """Cells in which nothing was seen."""
    return Cells(
        np.zeros((rows, parameters), np.uint8),
        np.zeros((rows, parameters), np.uint16),
        np.full((rows, parameters), NO_LOW, np.uint16) if with_low else None,
    )
