"""Arrays that say the same are the same object: equality of a whole array is then a glance."""

from __future__ import annotations

from typing import Any


class Interned:
    """Gives the array that it gave before where the new one is equal. For one meaning each."""

    __slots__ = ("_array", "_bytes")

    def __init__(self) -> None:
        self._array: Any = None
        self._bytes: bytes | None = None

    def __call__(self, array: Any) -> Any:
        """`array`, read only, or an equal one from before. Dtype and rank are always the same."""
        if array is self._array:
            return array
        data = array.tobytes()
        if data != self._bytes:
            array.setflags(write=False)
            self._array, self._bytes = array, data
        return self._array


class InternedArrays:
    """One `Interned` for each array of the events of a probe."""

    def __init__(self) -> None:
        self.arrived, self.expected, self.before, self.status = (Interned() for _ in range(4))
        self.consumed, self.frozen = Interned(), Interned()
        self.reset, self.cleared = Interned(), Interned()
