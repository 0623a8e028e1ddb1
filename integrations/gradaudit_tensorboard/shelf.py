"""Decoded blocks, kept while there is room; the one that was used longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from gradaudit_tensorboard.pooling import Cells


class Shelf:
    """At most `room` bytes of cells. Safe to use from several threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._cells: OrderedDict[Hashable, Cells] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes on it now."""
        return self._size

    def get(self, key: Hashable) -> Cells | None:
        """What was put there under this key, if it still is."""
        with self._lock:
            cells = self._cells.get(key)
            if cells is not None:
                self._cells.move_to_end(key)
            return cells

    def put(self, key: Hashable, cells: Cells) -> None:
        """Keep these, and let go what there is no room for any more."""
        with self._lock:
            earlier = self._cells.pop(key, None)
            self._size += cells.size - (0 if earlier is None else earlier.size)
            self._cells[key] = cells
            while self._size > self._room and self._cells:
                self._size -= self._cells.popitem(last=False)[1].size
