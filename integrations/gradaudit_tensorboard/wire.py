"""The few protocol buffers of TensorBoard that a log is made of, written by hand.

So a log needs no TensorBoard to be written, one text serves torch's writer and tensorboardX's
alike (which have message classes of their own, those of tensorboardX without `data_class`), and
numbers are put in place in a microsecond. Field numbers: TensorBoard's summary.proto, event.proto,
tensor.proto, as of version 2.21.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

_DOUBLE, _FLOAT, _LENGTH = struct.Struct("<d"), struct.Struct("<f"), struct.Struct("<Q")
_DATA_CLASS_TENSOR: Final = 2
_DT_STRING: Final = 7


def varint(number: int) -> bytes:
    """A whole number from 0 on, seven bits to a byte."""
    out = bytearray()
    while number > 127:
        out.append((number & 127) | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes(field: int, data: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(data)) + data


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value & (1 << 64) - 1)


def _double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + _DOUBLE.pack(value)


def strings(tag: str, plugin: str, data: bytes, content: bytes = b"") -> bytes:
    """A Summary with one tensor of one string. Loaders drop it without the data class."""
    metadata = _bytes(1, _bytes(1, plugin.encode()) + (_bytes(2, content) if content else b""))
    metadata += _number(4, _DATA_CLASS_TENSOR)
    tensor = _number(1, _DT_STRING) + _bytes(2, _bytes(2, _number(1, 1))) + _bytes(8, data)
    return _bytes(1, _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, metadata))


def scalars(values: Iterable[tuple[str, float]]) -> bytes:
    """A Summary of plain numbers; those that are not finite as float32 are left out."""
    out: list[bytes] = []
    for tag, value in values:
        if math.isfinite(value) and abs(value) < 3.4e38:
            out.append(_scalar_head(tag))
            out.append(_FLOAT.pack(value))
    return b"".join(out)


@lru_cache(maxsize=256)
def _scalar_head(tag: str) -> bytes:
    """All of a Summary.Value but the four bytes of its number."""
    head = _bytes(1, tag.encode()) + varint(2 << 3 | 5)
    return varint(1 << 3 | 2) + varint(len(head) + 4) + head


def histogram(
    tag: str, limits: Sequence[float], counts: Sequence[float], values: tuple[float, ...]
) -> bytes:
    """A Summary with one histogram.

    `limits`: upper ends of the buckets; `counts`: what is in each; `values`: smallest, largest,
    number, sum and sum of squares of what was counted.
    """
    body = b"".join(_double(field, value) for field, value in enumerate(values, 1))
    body += _bytes(6, struct.pack(f"<{len(limits)}d", *limits))
    body += _bytes(7, struct.pack(f"<{len(counts)}d", *counts))
    return _bytes(1, _bytes(1, tag.encode()) + _bytes(5, body))


def event(wall_time: float, step: int, summary: bytes) -> bytes:
    """An Event with a Summary. `wall_time`: seconds since 1970."""
    return _double(1, wall_time) + _number(2, step) + _bytes(5, summary)


def first_event(wall_time: float) -> bytes:
    """What a file of events begins with."""
    return _double(1, wall_time) + _bytes(3, b"brain.Event:2")


def length(data: bytes) -> bytes:
    """As it stands in front of a record."""
    return _LENGTH.pack(len(data))
