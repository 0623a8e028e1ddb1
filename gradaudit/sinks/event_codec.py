"""Events as strict JSON objects and back, bit for bit.

[Note: Arrays on a line] An array is {"dtype": "<f8", "length": n, "zlib": text}: base64 of the
zlib-compressed little-endian bytes. Truth values have the dtype "bits": eight to a byte, the
first in the highest bit. A NaN keeps its payload.

[Note: Newer logs] Kinds of events and fields that this version does not know are passed over;
a field that a log does not have takes its default.
"""

from __future__ import annotations

import base64
import binascii
import reprlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from gradaudit.events import EVENT_TYPES, Event, Site
from gradaudit.findings import Json
from gradaudit.strict_json import items, number, strict, table, text, whole

Array = npt.NDArray[Any]
Decoder = Callable[[Json], object]

_COMPRESSION: Final = 1
"""Of zlib. The norms of a step hardly compress at all, and the training loop waits for this."""
_DTYPES: Final = ("|u1", "<i4", "<i8", "<f4", "<f8")
_PLAIN: Final = frozenset((bool, int, float, str))
_KEPT: Final = 64
_encoded_before: dict[int, tuple[object, Json]] = {}


def encode(event: Event) -> dict[str, Json]:
    """The event as a strict JSON object; `kind` is the name of its class."""
    kind = type(event)
    document: dict[str, Json] = {"kind": kind.__name__}
    for name in _names(kind):
        document[name] = _encoded(cast("object", getattr(event, name)))
    return document


def decode(document: Mapping[str, Json]) -> Event | None:
    """The event that `encode` wrote; None for kinds that are not known.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: the object is damaged.

    """
    kind = EVENT_TYPES.get(text(document["kind"]))
    return None if kind is None else cast("Event", _record(kind, document))


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _encoded(value: object) -> Json:
    if value is None or type(value) in _PLAIN:
        return strict(value)
    if isinstance(value, np.ndarray):
        array = cast("Array", value)
        # Masks, statuses and indices are the same objects in one step after the other.
        fixed = array.base is None and not array.flags.writeable
        lasting = fixed and array.dtype.itemsize < 8
        return _kept(array, _array_to_dict) if lasting else _array_to_dict(array)
    if isinstance(value, tuple):
        return [_encoded(one) for one in cast("tuple[object, ...]", value)]
    if isinstance(value, Site):
        return _kept(value, _record_to_dict)
    if is_dataclass(value) and not isinstance(value, type):
        return _record_to_dict(value)
    return strict(value)


def _record_to_dict(value: object) -> Json:
    return {name: _encoded(getattr(value, name)) for name in _names(type(value))}


def _kept(value: Any, encoded: Callable[[Any], Json]) -> Json:
    """As `encoded(value)`, of what never changes. It is kept, so that nothing else gets its id."""
    known = _encoded_before.get(id(value))
    if known is None:
        if len(_encoded_before) >= _KEPT:
            _encoded_before.clear()
        known = _encoded_before[id(value)] = value, encoded(value)
    return known[1]


def _array_to_dict(array: Array) -> Json:
    if array.ndim != 1:
        raise ValueError(f"expected an array with one dimension, got shape {array.shape}")
    if array.dtype == np.bool_:
        dtype, data = "bits", np.packbits(array).tobytes()
    else:
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in _DTYPES:
            raise TypeError(f"events hold no arrays of dtype {array.dtype}")
        data = array.astype(dtype, copy=False).tobytes()
    packed = base64.b64encode(zlib.compress(data, _COMPRESSION)).decode("ascii")
    return {"dtype": dtype, "length": len(array), "zlib": packed}


def _array_from_dict(document: Json) -> Array:
    parts = table(document)
    dtype, length = text(parts["dtype"]), whole(parts["length"])
    try:
        data = zlib.decompress(base64.b64decode(text(parts["zlib"]), validate=True))
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"damaged array ({error})") from error
    if dtype == "bits":
        if len(data) != (length + 7) // 8:
            raise ValueError(f"expected {length} bits, got {len(data)} bytes")
        array = np.unpackbits(np.frombuffer(data, np.uint8), count=length).astype(np.bool_)
    elif dtype in _DTYPES:
        native = np.dtype(dtype).newbyteorder("=")
        array = np.frombuffer(data, dtype).astype(native)
    else:
        raise ValueError(f"expected the dtype of an array, got {reprlib.repr(dtype)}")
    if len(array) != length:
        raise ValueError(f"expected an array of {length}, got one of {len(array)}")
    return array


def _record(kind: type[object], document: Mapping[str, Json]) -> object:
    values: dict[str, object] = {}
    for name, decoder in _decoders(kind).items():
        if name in document:
            values[name] = decoder(document[name])
    return kind(**values)


@cache
def _decoders(kind: type[object]) -> dict[str, Decoder]:
    """How each field of a record is read back, after its annotation."""
    hints = get_type_hints(kind)
    return {one.name: _decoder(hints[one.name]) for one in fields(cast("Any", kind)) if one.init}


def _decoder(hint: object) -> Decoder:
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _SIMPLE:
        return _SIMPLE[cast("type[object]", hint)]
    if origin is np.ndarray:
        return _array_from_dict
    if origin in (Union, UnionType):
        inner = [_decoder(part) for part in parts if part is not NoneType]
        if len(inner) == 1 and len(parts) == 2:  # X | None
            return lambda value: None if value is None else inner[0](value)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        each = _decoder(parts[0])
        return lambda value: tuple(each(one) for one in items(value))
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: _record(hint, table(value))
    raise TypeError(f"events hold no fields of this type: {hint!r}")


def _truth(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"expected true or false, got {reprlib.repr(value)}")


_SIMPLE: Final[Mapping[object, Decoder]] = {
    bool: _truth,
    int: whole,
    float: number,
    str: text,
}
