"""The bytes of a log: what goes in comes out, and nothing that is damaged or forged does harm."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from gradaudit_tensorboard.format import (
    UNSEEN,
    Block,
    FormatError,
    decode_block,
    decode_document,
    encode_block,
    encode_document,
    schema_entry,
    start_stamp,
    tag_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradaudit.events import ParameterInfo, Status

CODES = [int(status) for status in Status] + [UNSEEN]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    count = draw(st.integers(1, 32))
    width = draw(st.integers(0, 40))
    begin = draw(st.integers(-(2**62), 2**62))
    gaps = draw(hnp.arrays(np.int64, count, elements=st.integers(1, 2**40)))
    status = draw(hnp.arrays(np.uint8, (count, width), elements=st.sampled_from(CODES)))
    norms = draw(hnp.arrays(np.uint16, (count, width)))
    return Block(begin + np.cumsum(gaps), status, norms)


def same(one: Block, other: Block) -> bool:
    return (
        (one.steps == other.steps).all()
        and (one.status == other.status).all()
        and (one.norms == other.norms).all()
        and one.status.shape == other.status.shape
    )  # fmt: skip


def block(count: int = 5, width: int = 7) -> Block:
    random = np.random.default_rng(1)
    return Block(
        np.arange(count, dtype=np.int64) + 100,
        random.choice(np.array(CODES, np.uint8), (count, width)),
        random.integers(0, 1 << 16, (count, width)).astype(np.uint16),
    )


@settings(max_examples=150, deadline=None)
@given(blocks())
def test_a_block_comes_back(given_block: Block) -> None:
    """Any steps that rise, any statuses, any codes; also of no parameter at all."""
    back = decode_block(encode_block(given_block))
    assert same(back, given_block)
    assert (back.steps.dtype, back.status.dtype, back.norms.dtype) == ("int64", "uint8", "uint16")


def test_every_cut_and_every_changed_byte_is_noticed() -> None:
    """At every place of a block and of a document."""
    for data, decode in (
        (encode_block(block()), decode_block),
        (encode_document({"a": ["b", 1.5, None]}), decode_document),
    ):
        decode(data)
        for place in range(len(data)):
            with pytest.raises(FormatError):
                decode(data[:place])
            for change in (1, 128, 255):
                broken = bytearray(data)
                broken[place] ^= change
                with pytest.raises(FormatError):
                    decode(bytes(broken))
        with pytest.raises(FormatError):
            decode(data + b"\0")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"GAB\1", b"GAJ\1", b"GAB\2"]))
def test_anything_else_is_a_format_error(data: bytes, begin: bytes) -> None:
    """Whatever the bytes are, with a checksum that is right or wrong."""
    for candidate in (begin + data, sealed(begin, data)):
        for decode in (decode_block, decode_document):
            try:
                decode(candidate)
            except FormatError as error:
                said = str(error)
            else:
                continue
            assert len(said) < 200
            assert "\n" not in said


def sealed(begin: bytes, body: bytes) -> bytes:
    """With the right checksum: a forger knows how to make one."""
    return begin + struct.pack("<I", zlib.crc32(body)) + body


def forged(
    count: int, width: int, states: bytes, numbers: bytes, steps: list[int] | None = None
) -> bytes:
    """A block that says what it likes."""
    numbers_of_steps = list(range(count)) if steps is None else steps
    body = struct.pack("<BIII", count, width, len(states), len(numbers))
    body += np.array(numbers_of_steps, "<i8").tobytes() + states + numbers
    return sealed(b"GAB\1", body)


FORGED = {
    "no columns": forged(0, 1, b"", b""),
    "too many columns": forged(33, 1, zlib.compress(bytes(33)), zlib.compress(bytes(66))),
    "four billion parameters": forged(32, 2**32 - 1, b"x", b"x"),
    "more than the bytes can hold": forged(1, 2**24, zlib.compress(b"\0"), zlib.compress(b"\0")),
    "fewer statuses": forged(1, 4, zlib.compress(bytes(3)), zlib.compress(bytes(8))),
    "more statuses": forged(1, 4, zlib.compress(bytes(5)), zlib.compress(bytes(8))),
    "fewer norms": forged(1, 4, zlib.compress(bytes(4)), zlib.compress(bytes(7))),
    "no stream": forged(1, 4, b"abcdefgh", zlib.compress(bytes(8))),
    "a stream that is cut off": forged(1, 4, zlib.compress(bytes(4))[:-3], zlib.compress(bytes(8))),
    "a stream with a tail": forged(1, 4, zlib.compress(bytes(4)) + b"x", zlib.compress(bytes(8))),
    "an unknown status": forged(1, 4, zlib.compress(b"\0\0\x08\0"), zlib.compress(bytes(8))),
    "steps that fall": forged(2, 1, zlib.compress(bytes(2)), zlib.compress(bytes(4)), [5, 4]),
    "steps that stay": forged(2, 1, zlib.compress(bytes(2)), zlib.compress(bytes(4)), [5, 5]),
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED.keys())
def test_a_forged_block_is_refused(data: bytes) -> None:
    """Its checksum is right, and what it declares is not."""
    with pytest.raises(FormatError):
        decode_block(data)


def test_the_forger_of_this_test_can_make_a_sound_block() -> None:
    """So it is what is wrong in them that is refused."""
    sound = forged(2, 2, zlib.compress(bytes(4)), zlib.compress(bytes(8)))
    assert decode_block(sound).status.shape == (2, 2)


def test_a_bomb_does_not_go_off() -> None:
    """256 MB in 256 kB: declared honestly, and declared small. Memory stays small as well."""
    bomb = zlib.compress(bytes(1 << 28), 9)
    tracemalloc.start()
    for data in (
        forged(1, (1 << 28) - 1, bomb, bomb),
        forged(1, 4, bomb, bomb),
        sealed(b"GAJ\1", struct.pack("<I", 1 << 28) + bomb),
        sealed(b"GAJ\1", struct.pack("<I", 4) + bomb),
    ):
        decode = decode_block if data[:3] == b"GAB" else decode_document
        with pytest.raises(FormatError):
            decode(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_a_newer_version_says_so() -> None:
    """Instead of a checksum that fails or a number that is wrong."""
    data = encode_block(block())
    with pytest.raises(FormatError, match="version 2"):
        decode_block(data[:3] + b"\2" + data[4:])


def test_a_block_that_cannot_be_is_not_written() -> None:
    """33 columns, none, or arrays that do not fit."""
    good = block(3, 2)
    for wrong in (
        block(33, 2),
        Block(good.steps[:0], good.status[:0], good.norms[:0]),
        Block(good.steps[:2], good.status, good.norms),
        Block(good.steps, good.status, good.norms[:, :1]),
    ):
        with pytest.raises(ValueError, match="expected steps"):
            encode_block(wrong)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_a_document_comes_back(document: dict[str, object]) -> None:
    """Any JSON object, with any text in it."""
    assert decode_document(encode_document(document)) == document  # pyright: ignore


def test_a_document_holds_what_json_has_no_word_for_as_text() -> None:
    """NaN and Infinity; a lone surrogate of a file name comes back as it was."""
    back = decode_document(encode_document({"x": [float("nan"), float("inf")], "\udc80": "\udc80"}))
    assert back == {"x": ["NaN", "Infinity"], "\udc80": "\udc80"}


@pytest.mark.parametrize("text", ["[1]", "3", "{", "", '{"a": NaN}', '{"a": ' * 5000, "\xff"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    """Also what is nested so deeply that Python's own parser gives up."""
    raw = text.encode("latin-1")
    data = sealed(b"GAJ\1", struct.pack("<I", len(raw)) + zlib.compress(raw))
    with pytest.raises(FormatError):
        decode_document(data)


def test_a_schema_says_what_is_shown_of_a_parameter() -> None:
    """And fits into JSON."""
    entry = schema_entry(
        ParameterInfo(
            index=0, name="Net.a.weight", model="Net", short="a.weight", module="a",
            module_class="Linear", shape=(2, 3), dtype="float32", numel=6,
        )
    )  # fmt: skip
    assert json.loads(json.dumps(entry)) == {
        "name": "Net.a.weight", "short": "a.weight", "model": "Net", "module": "a",
        "class": "Linear", "shape": [2, 3], "dtype": "float32", "numel": 6, "kind": "parameter",
    }  # fmt: skip


def test_tags_sort_by_start_and_number() -> None:
    """As text, which is how they are listed."""
    early, late = start_stamp(0, 1_795_255_438_000), start_stamp(0, 1_795_255_440_000)
    tags = [tag_of("g", early, 9), tag_of("g", early, 10), tag_of("g", late, 0)]
    assert sorted(tags) == tags
    assert tag_of("gradaudit/schema", "0-1a") == "gradaudit/schema/0-1a"
