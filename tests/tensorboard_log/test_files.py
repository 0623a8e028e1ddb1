"""The file of events that we write ourselves, against TensorBoard's own code."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from gradaudit_tensorboard import wire
from gradaudit_tensorboard.crc import crc32c, masked
from gradaudit_tensorboard.eventfile import EventFile
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from gradaudit.errors import UsageError


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=400), max_size=8))
def test_checksums_are_those_of_tensorboard(strings: list[bytes]) -> None:
    """Of many strings at once, of different lengths."""
    assert [masked(crc) for crc in crc32c(strings)] == [masked_crc32c(s) for s in strings]


def test_checksums_of_every_length_and_of_long_strings() -> None:
    """Where lanes begin and end, and up to 70 kB."""
    strings = [os.urandom(n) for n in (*range(300), 1_023, 1_024, 1_025, 65_536, 70_001)]
    assert [masked(crc) for crc in crc32c(strings)] == [masked_crc32c(s) for s in strings]
    assert crc32c([b"123456789"]) == [0xE3069283]  # the check value of CRC-32C


def test_a_string_is_a_tensor_that_loaders_keep() -> None:
    """With the plugin's name and the data class, by TensorBoard's own definition."""
    (value,) = Summary.FromString(wire.strings("a/b", "gradaudit", b"\0\xff" * 200, b"{}")).value
    assert (value.tag, value.metadata.plugin_data.plugin_name) == ("a/b", "gradaudit")
    assert (value.metadata.plugin_data.content, value.metadata.data_class) == (b"{}", 2)
    assert (value.tensor.dtype, list(value.tensor.string_val)) == (7, [b"\0\xff" * 200])
    assert [dim.size for dim in value.tensor.tensor_shape.dim] == [1]


def test_scalars_that_are_no_numbers_are_left_out() -> None:
    """NaN, infinities, and what float32 cannot hold."""
    given_values = [("a", 1.5), ("b", math.nan), ("c", -math.inf), ("d", 1e300), ("ü", -2)]
    values = Summary.FromString(wire.scalars(given_values)).value
    assert [(one.tag, one.simple_value) for one in values] == [("a", 1.5), ("ü", -2.0)]


@given(st.integers(0, 2**63 - 1))
def test_steps_of_any_size_come_back(step: int) -> None:
    """As whole numbers of 64 bits."""
    event = Event.FromString(wire.event(12.5, step, wire.scalars([("a", 1)])))
    assert (event.wall_time, event.step) == (12.5, step)
    assert event.summary.value[0].simple_value == 1.0


def test_negative_steps_come_back() -> None:
    """A loop may count from below zero."""
    assert Event.FromString(wire.event(0.0, -7, b"")).step == -7


def test_a_histogram_comes_back() -> None:
    """Ends of buckets, counts, and sums."""
    data = wire.histogram("h", [0.0, 1.0, 2.0], [0.0, 3.0, 4.0], (0.1, 1.9, 7.0, 8.0, 9.0))
    (value,) = Summary.FromString(data).value
    histogram = value.histo
    assert list(histogram.bucket_limit) == [0.0, 1.0, 2.0]
    assert list(histogram.bucket) == [0.0, 3.0, 4.0]
    assert (histogram.min, histogram.max, histogram.num) == (0.1, 1.9, 7.0)
    assert (histogram.sum, histogram.sum_squares) == (8.0, 9.0)


def test_what_is_flushed_is_read_and_what_is_not_is_not_there(tmp_path: Path) -> None:
    """TensorBoard's reader checks every checksum."""
    file = EventFile(tmp_path / "new" / "folder")
    file.put(wire.scalars([("a", 1)]), 1)
    file.put(wire.scalars([("a", 2)]), 2)
    file.flush(wait=True)
    file.put(wire.scalars([("a", 3)]), 3)
    assert file.path is not None
    events = [Event.FromString(data) for data in RawEventFileLoader(str(file.path)).Load()]
    assert events[0].file_version == "brain.Event:2"
    assert [event.step for event in events[1:]] == [1, 2]
    file.close()
    assert len(list(RawEventFileLoader(str(file.path)).Load())) == 4


def test_two_files_of_one_process_stay_apart(tmp_path: Path) -> None:
    """Made in the same second in the same folder."""
    files = [EventFile(tmp_path) for _ in range(3)]
    for file in files:
        file.put(b"", 0)
        file.close()
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 3


def test_nothing_to_write_makes_no_file(tmp_path: Path) -> None:
    """A script that trains nothing leaves an empty folder."""
    EventFile(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    """In one sentence that says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"expected a directory .* got: .*; give another"):
        EventFile(tmp_path / "file" / "below")
