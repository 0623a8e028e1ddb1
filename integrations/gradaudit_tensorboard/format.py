"""The bytes of the log: blocks of up to 32 columns, and JSON documents. numpy, zlib, json only.

[Note: A block] Little-endian: the magic "GAB", a version byte, CRC-32 of all that follows (u32);
number of columns S (u8), of parameters P (u32), lengths of the two streams (u32 each); the steps
(int64 [S]); two zlib streams: statuses (u8 [P, S]) and norm codes. Rows of parameters, because a
parameter resembles itself a step ago. A norm code is stored as its difference to the one before
(mod 2**16, zigzag: small ones become small numbers), all high bytes before all low bytes.

[Note: A document] The magic "GAJ", a version byte, CRC-32 (u32) and length (u32) of the JSON text,
then the text in UTF-8 as a zlib stream.

[Note: Hostile bytes] A log may come from anywhere. What is declared is checked against what the
bytes at hand can hold (zlib makes nothing more than 1032 times smaller) and against fixed limits,
before anything of that size is made. All that is wrong is a `FormatError` of one sentence.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from gradaudit.events import STATUS_NAMES, ParameterInfo
from gradaudit.findings import Json
from gradaudit.normcodes import (
    BIAS,
    FIRST_NORM,
    INF_NORM,
    LAST_NORM,
    NAN_NORM,
    NO_NORM,
    SCALE,
    ZERO_NORM,
    encode_norms,
    norm_of,
)
from gradaudit.strict_json import strict

PLUGIN_NAME: Final = "gradaudit"
"""In the metadata of every tensor of ours: what TensorBoard finds them by."""
UNSEEN: Final = 255
"""Status of a parameter that a column says nothing of."""
STEPS_IN_BLOCK: Final = 32
BLOCKS_IN_TAG: Final = 8
"""No reader of TensorBoard samples anything away from a tag with this few."""
GRID, SCHEMA, FINDINGS = "gradaudit/grid", "gradaudit/schema", "gradaudit/findings"
"""What tags begin with; see `tag_of`."""
NORM: Final[dict[str, Json]] = {
    "bias": BIAS, "scale": SCALE, "none": NO_NORM, "zero": ZERO_NORM,
    "inf": INF_NORM, "nan": NAN_NORM, "first": FIRST_NORM, "last": LAST_NORM,
}  # fmt: skip
"""How codes are read: `2 ** (code / scale - bias)` from "first" to "last", four others besides."""

MOST_CELLS: Final = 1 << 22
"""S * P of a block: 12 MB when decoded, more than 100,000 parameters."""
MOST_JSON: Final = 1 << 25
"""Bytes of a document's text; as empty lists they take 600 MB when decoded."""

_BLOCK, _DOCUMENT, _VERSION = b"GAB", b"GAJ", 1
_HEAD = struct.Struct("<3sBI")
_SIZES = struct.Struct("<BIII")
_LENGTH = struct.Struct("<I")
_LARGEST_RATIO = 1032
_VALID = np.zeros(256, np.bool_)
_VALID[[*range(len(STATUS_NAMES)), UNSEEN]] = True

StepArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]
CodeArray = npt.NDArray[np.uint16]


class FormatError(ValueError):
    """Bytes that are no block or document of ours; the message is one sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Up to 32 columns of the grid.

    `steps`: int64 [S], strictly increasing, S from 1 to 32; `status`: uint8 [S, P], codes of
    `gradaudit.events.Status`, `UNSEEN` for nothing seen; `norms`: uint16 [S, P], see
    `gradaudit.normcodes`. P may be smaller than the newest schema has parameters: the others came
    later.
    """

    steps: StepArray
    status: ByteArray
    norms: CodeArray


def encode_block(block: Block) -> bytes:
    """The block as bytes. See [Note: A block].

    Raises:
        ValueError: shapes that do not fit each other, no column or more than 32.

    """
    steps, status, norms = block.steps, block.status, block.norms
    count, width = status.shape
    if norms.shape != status.shape or steps.shape != (count,) or not 1 <= count <= STEPS_IN_BLOCK:
        raise ValueError(
            f"expected steps [S] and status and norms [S, P] with S from 1 to {STEPS_IN_BLOCK}, "
            f"got {steps.shape}, {status.shape} and {norms.shape}"
        )
    states = _packed(np.ascontiguousarray(status.T, np.uint8).tobytes())
    rows = np.ascontiguousarray(norms.T, np.uint16)
    delta = rows.copy()
    delta[:, 1:] -= rows[:, :-1]
    zigzag = (delta << 1) ^ (np.uint16(0) - (delta >> 15))
    numbers = _packed((zigzag >> 8).astype(np.uint8).tobytes() + zigzag.astype(np.uint8).tobytes())
    body = b"".join(
        (
            _SIZES.pack(count, width, len(states), len(numbers)),
            steps.astype("<i8").tobytes(),
            states,
            numbers,
        )
    )
    return _HEAD.pack(_BLOCK, _VERSION, zlib.crc32(body)) + body


def decode_block(data: bytes) -> Block:
    """The block that `encode_block` wrote.

    Raises:
        FormatError: the bytes are cut off, damaged, forged or of a newer version.

    """
    body = _body(data, _BLOCK, "block")
    if len(body) < _SIZES.size:
        raise FormatError("a block is cut off before its sizes")
    count, width, first, second = _SIZES.unpack_from(body)
    cells = count * width
    if not 1 <= count <= STEPS_IN_BLOCK or cells > MOST_CELLS:
        raise FormatError(f"a block declares {count} columns of {width} parameters")
    begin = _SIZES.size + 8 * count
    if len(body) != begin + first + second:
        raise FormatError(f"a block of {len(body)} bytes declares {begin + first + second} of them")
    steps = np.frombuffer(body, "<i8", count, _SIZES.size).astype(np.int64)
    if (steps[1:] <= steps[:-1]).any():
        raise FormatError("the steps of a block do not increase")
    status = np.frombuffer(_inflated(body[begin : begin + first], cells), np.uint8)
    if not _VALID[status].all():
        raise FormatError(f"a block holds the status {int(status[~_VALID[status]][0])}")
    planes = np.frombuffer(_inflated(body[begin + first :], 2 * cells), np.uint8)
    zigzag = ((planes[:cells].astype(np.uint16) << 8) | planes[cells:]).reshape(width, count)
    delta = (zigzag >> 1) ^ (np.uint16(0) - (zigzag & 1))
    norms = np.cumsum(delta, axis=1, dtype=np.uint16)
    return Block(
        steps,
        np.ascontiguousarray(status.reshape(width, count).T),
        np.ascontiguousarray(norms.T),
    )


def encode_document(document: Json) -> bytes:
    """A JSON document as bytes. NaN and Infinity in it become strings.

    Raises:
        ValueError: its text is longer than `MOST_JSON`.

    """
    text = json.dumps(strict(document), allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(text) > MOST_JSON:
        raise ValueError(f"expected a document of at most {MOST_JSON} bytes, got {len(text)}")
    body = _LENGTH.pack(len(text)) + _packed(text, strategy=zlib.Z_DEFAULT_STRATEGY)
    return _HEAD.pack(_DOCUMENT, _VERSION, zlib.crc32(body)) + body


def decode_document(data: bytes) -> dict[str, Json]:
    """The JSON object that `encode_document` wrote.

    Raises:
        FormatError: the bytes are cut off, damaged, forged or of a newer version, or no object.

    """
    body = _body(data, _DOCUMENT, "document")
    if len(body) < _LENGTH.size:
        raise FormatError("a document is cut off before its length")
    (length,) = _LENGTH.unpack_from(body)
    if length > MOST_JSON:
        raise FormatError(f"a document declares {length} bytes of text")
    try:
        document = json.loads(_inflated(body[_LENGTH.size :], length), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"a document is no JSON ({type(error).__name__})") from error
    if not isinstance(document, dict):
        raise FormatError("a document is no JSON object")
    return cast("dict[str, Json]", document)


def schema_entry(info: ParameterInfo) -> dict[str, Json]:
    """What a schema says of a parameter. `short`: its name without the model's."""
    return {
        "name": info.name, "short": info.short or info.name, "model": info.model,
        "module": info.module, "class": info.module_class, "shape": list(info.shape),
        "dtype": info.dtype, "numel": info.numel, "kind": info.kind,
    }  # fmt: skip


def start_stamp(rank: int, milliseconds: int) -> str:
    """What parts the logs of ranks and of starts of a run; later starts are greater as text.

    `milliseconds`: since 1970.
    """
    return f"{rank}-{milliseconds:011x}"


def tag_of(family: str, stamp: str, number: int | None = None) -> str:
    """The tag of a document ("gradaudit/schema/0-019f...") or of the blocks with that number."""
    return f"{family}/{stamp}" if number is None else f"{family}/{stamp}-{number:05d}"


def _refused(constant: str) -> Json:
    raise ValueError(f"strict JSON has no {constant}")


def _packed(data: bytes, strategy: int = zlib.Z_RLE) -> bytes:
    """As a zlib stream. Runs and rare values are all there is to find in statuses and norms."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 8, strategy)
    return packer.compress(data) + packer.flush()


def _body(data: bytes, magic: bytes, what: str) -> memoryview:
    """What follows the head, if it is what the head says."""
    if len(data) < _HEAD.size:
        raise FormatError(f"a {what} is cut off before its contents")
    found, version, crc = _HEAD.unpack_from(data)
    if found != magic:
        raise FormatError(f"what should be a {what} does not begin like one")
    if version != _VERSION:
        raise FormatError(f"a {what} has version {version}, and this gradaudit reads {_VERSION}")
    body = memoryview(data)[_HEAD.size :]
    if zlib.crc32(body) != crc:
        raise FormatError(f"a {what} is damaged: its checksum is another")
    return body


def _inflated(stream: memoryview, size: int) -> bytes:
    """The bytes of a zlib stream, of which there must be `size`."""
    if size > _LARGEST_RATIO * len(stream):
        raise FormatError(f"a stream of {len(stream)} bytes declares {size} of contents")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(stream, size + 1)
    except zlib.error as error:
        raise FormatError(f"a stream is damaged ({error})") from error
    if len(data) != size or not unpacker.eof or unpacker.unused_data:
        raise FormatError(f"a stream does not hold the {size} bytes that it declares")
    return data


__all__ = [
    "BLOCKS_IN_TAG",
    "FINDINGS",
    "GRID",
    "NORM",
    "PLUGIN_NAME",
    "SCHEMA",
    "STATUS_NAMES",
    "STEPS_IN_BLOCK",
    "UNSEEN",
    "Block",
    "FormatError",
    "decode_block",
    "decode_document",
    "encode_block",
    "encode_document",
    "encode_norms",
    "norm_of",
    "schema_entry",
    "start_stamp",
    "tag_of",
]
