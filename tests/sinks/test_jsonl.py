"""Saved runs: exact round trips, truncation, damage, forks, kills."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import fields, is_dataclass
from itertools import zip_longest
from pathlib import Path
from types import NoneType
from typing import Any, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradaudit.errors import UsageError
from gradaudit.events import (
    EVENT_TYPES,
    Event,
    GradientsReset,
    ParameterInfo,
    ParametersAdded,
    RunEnded,
    RunStarted,
    Site,
    ZeroGradCalled,
)
from gradaudit.findings import Finding, Severity
from gradaudit.sinks.event_codec import decode, encode
from gradaudit.sinks.jsonl import JsonlSink, log_files, opened_at, read_events

FINDING = Finding(
    code="GA101", name="missing-gradient", severity=Severity.ERROR, message="m", fix="f"
)


def arrays(dtype: object) -> st.SearchStrategy[object]:
    """Arrays of any length, of any bits: NaN payloads and negative zeros too."""
    size = np.dtype(dtype).itemsize  # type: ignore[arg-type]
    if dtype is np.bool_:
        return st.lists(st.booleans(), max_size=20).map(lambda one: np.array(one, np.bool_))
    return (
        st.binary(max_size=20 * size)
        .map(lambda data: data[: len(data) // size * size])
        .map(lambda data: np.frombuffer(data, dtype).copy())  # type: ignore[call-overload]
    )


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of this annotation can hold."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is np.ndarray:
        return arrays(get_args(parts[1])[0])
    if NoneType in parts:
        return st.none() | values(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if is_dataclass(hint):
        return records(hint)
    return {
        int: st.integers(-(2**62), 2**62),
        float: st.floats(),
        bool: st.booleans(),
        str: st.text(max_size=10),
    }[hint]


def records(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any record of this kind."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: values(hints[one.name]) for one in fields(kind)})


events = st.sampled_from(list(EVENT_TYPES.values())).flatmap(records)


def same(one: Any, other: Any) -> bool:
    """Equality to the bit, through records, tuples and arrays."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        first, second = cast("npt.NDArray[Any]", one), cast("npt.NDArray[Any]", other)
        return first.dtype == second.dtype and first.tobytes() == second.tobytes()
    if isinstance(one, tuple):
        pairs = zip_longest(cast("tuple[Any, ...]", one), other)
        return all(same(first, second) for first, second in pairs)
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def refuse(constant: str) -> None:
    raise AssertionError(constant)


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_kind_comes_back(kind: type[Event], data: st.DataObject) -> None:
    """Each kind of event is strict JSON and comes back to the bit."""
    event = data.draw(records(kind))
    line = json.dumps(encode(event), allow_nan=False)
    assert same(event, decode(json.loads(line, parse_constant=refuse)))


def test_what_comes_back_is_read_only() -> None:
    """Arrays of a saved run are as read-only as those of a live one."""
    back = decode(encode(GradientsReset(reset=np.ones(3, bool), cleared=np.zeros(3, bool))))
    assert isinstance(back, GradientsReset)
    assert not back.reset.flags.writeable


@pytest.fixture(scope="module")
def small() -> list[Event]:
    """A few events of different kinds."""
    return [
        RunStarted(gradaudit="0.1.0", torch="2.13.0", command=("tr\u00e4in.py",)),
        ParametersAdded(parameters=(ParameterInfo(index=0, name="w", model="Net", shape=(2, 3)),)),
        GradientsReset(step=1, reset=np.ones(1, bool), cleared=np.ones(1, bool), site=None),
        ZeroGradCalled(step=2, optimizer=0, site=Site("train.py", 3, "main", "opt.zero_grad()")),
        RunEnded(step=3, exit_code=0, seconds=1.5),
    ]


def test_a_file_holds_events_and_findings(tmp_path: Path, small: list[Event]) -> None:
    """Events and findings are written as they come; reading gives the events."""
    sink = JsonlSink(tmp_path / "deep" / "runs", rank=3)
    for event in small:
        sink.emit(event)
        sink.emit(FINDING)
    assert sink.path == tmp_path / "deep" / "runs" / "gradaudit.rank3.jsonl"
    assert same(tuple(small), tuple(read_events(sink.path)))
    kinds = [json.loads(line)["kind"] for line in sink.path.read_text().splitlines()]
    assert kinds.count("Finding") == len(small)
    sink.close()
    sink.close()
    sink.emit(small[0])
    assert same(tuple(small), tuple(read_events(sink.path)))


def test_truncation_anywhere_loses_one_line_at_most(tmp_path: Path, small: list[Event]) -> None:
    """A log cut at any byte gives all events whose lines are whole, and no error."""
    sink = JsonlSink(tmp_path / "whole.jsonl")
    ends: list[int] = []
    for event in small:
        sink.emit(event)
        ends.append(sink.path.stat().st_size)
    sink.close()
    data = sink.path.read_bytes()
    cut = tmp_path / "cut.jsonl"
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        # Only the line break is missing one byte before a line's end.
        expected = sum(end - 1 <= length for end in ends)
        assert same(tuple(small[:expected]), tuple(read_events(cut)))


def test_damage_in_the_middle_is_told_by_its_line(tmp_path: Path, small: list[Event]) -> None:
    """A damaged line before the end is refused, with its number."""
    sink = JsonlSink(tmp_path / "log.jsonl")
    for event in small:
        sink.emit(event)
    lines = sink.path.read_bytes().splitlines(keepends=True)
    damages = [
        b"\n", b"[]\n", b"nonsense\n", b'{"kind": 3}\n', b"{}\n", lines[3][:-5] + b"\n",
        lines[3].replace(b'"length":1', b'"length":99'),
        lines[3].replace(b'"zlib":"', b'"zlib":"AA'),
        lines[3].replace(b'"bits"', b'"<f9"'),
        b"\xff\n",
    ]  # fmt: skip
    for damage in damages:
        assert damage != lines[3]
        sink.path.write_bytes(b"".join([*lines[:3], damage, *lines[4:]]))
        with pytest.raises(UsageError, match=r"log\.jsonl, line 4: "):
            list(read_events(sink.path))


@given(data=st.data())
def test_damage_anywhere_is_told_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, small: list[Event], data: st.DataObject
) -> None:
    """Whatever bytes a log holds: events, or a refusal; never another error."""
    file = tmp_path_factory.mktemp("damage") / "log.jsonl"
    written = bytearray(b"".join(json.dumps(encode(event)).encode() + b"\n" for event in small))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(written) - 1))
        end = start + data.draw(st.integers(0, 3))
        written[start:end] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"1e999", b"9" * 500, b"null", b"-1", b"[]"])
        )
    file.write_bytes(written)
    try:
        events = list(read_events(file))
    except UsageError as error:
        events, said = [], str(error)
        assert said.startswith(f"{file}, line ")
        assert len(said) < 400
    assert all(isinstance(event, Event) for event in events)


def test_newer_logs_are_read(tmp_path: Path, small: list[Event]) -> None:
    """Unknown kinds and fields are passed over, a missing field takes its default."""
    file = tmp_path / "newer.jsonl"
    known = encode(small[3]) | {"news": [1]}
    del known["site"]
    file.write_text('{"kind": "Sunrise", "at": 6}\n' + json.dumps(known) + "\n")
    assert list(read_events(file)) == [ZeroGradCalled(step=2, optimizer=0)]


def test_an_older_run_is_never_written_over(tmp_path: Path) -> None:
    """A second and a third run get numbered files beside the first."""
    sinks = [JsonlSink(tmp_path) for _ in range(3)]
    assert [sink.path.name for sink in sinks] == [
        "gradaudit.rank0.jsonl",
        "gradaudit.rank0.1.jsonl",
        "gradaudit.rank0.2.jsonl",
    ]
    assert log_files(tmp_path) == {0: [sink.path for sink in sinks]}
    named = [JsonlSink(tmp_path / "my.log.jsonl").path.name for _ in range(2)]
    assert named == ["my.log.jsonl", "my.log.1.jsonl"]


def test_numbers_of_files_are_ordered_as_numbers(tmp_path: Path) -> None:
    """The tenth run of a rank is newer than its second; other files are no logs."""
    for name in ("rank0.10", "rank0.2", "rank0", "rank11", "rank2", "rankx"):
        (tmp_path / f"gradaudit.{name}.jsonl").touch()
    (tmp_path / "gradaudit.rank0.3.jsonl").mkdir()
    found = {rank: [file.name for file in files] for rank, files in log_files(tmp_path).items()}
    assert found == {
        0: ["gradaudit.rank0.jsonl", "gradaudit.rank0.2.jsonl", "gradaudit.rank0.10.jsonl"],
        2: ["gradaudit.rank2.jsonl"],
        11: ["gradaudit.rank11.jsonl"],
    }


def test_the_moment_of_opening_is_known(tmp_path: Path) -> None:
    """A log says when it was opened; one that does not, when it was last written."""
    sink = JsonlSink(tmp_path)
    assert abs(opened_at(sink.path) - sink.path.stat().st_mtime) < 60
    other = tmp_path / "other.jsonl"
    other.write_text("")
    assert other.stat().st_mtime == opened_at(other)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A log directory below a file is refused in one sentence."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="log_dir"):
        JsonlSink(tmp_path / "file" / "runs")


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Reading a missing file is refused in one sentence."""
    with pytest.raises(UsageError, match="saved run"):
        list(read_events(tmp_path / "missing.jsonl"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    """A data loader's worker inherits the sink and leaves the log alone."""
    program = f"""
        import os
        from gradaudit.events import RunEnded, RunStarted
        from gradaudit.sinks.jsonl import JsonlSink
        sink = JsonlSink({str(tmp_path)!r})
        sink.emit(RunStarted())
        child = os.fork()
        sink.emit(RunEnded())
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
    assert list(read_events(tmp_path / "gradaudit.rank0.jsonl")) == [RunStarted(), RunEnded()]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal on this system")
def test_a_killed_process_leaves_what_it_wrote(tmp_path: Path) -> None:
    """Nothing waits in a buffer when the process is killed."""
    program = f"""
        import os, signal
        from gradaudit.events import RunStarted
        from gradaudit.sinks.jsonl import JsonlSink
        sink = JsonlSink({str(tmp_path)!r})
        for step in range(100):
            sink.emit(RunStarted(step=step))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert done.returncode == -signal.SIGKILL
    steps = [event.step for event in read_events(tmp_path / "gradaudit.rank0.jsonl")]
    assert steps == list(range(100))
