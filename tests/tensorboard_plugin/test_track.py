"""The views of a log against a slow and obvious account of the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from gradaudit_tensorboard import track as module
from gradaudit_tensorboard.format import (
    Block,
    encode_block,
    encode_document,
    schema_entry,
    start_stamp,
    tag_of,
)
from gradaudit_tensorboard.pooling import NO_LOW, Cells, empty, to_codes, to_ranks
from gradaudit_tensorboard.reading import Answer, LogReader, Tag
from gradaudit_tensorboard.shelf import Shelf
from gradaudit_tensorboard.timeline import Stored, timeline
from gradaudit_tensorboard.track import Track
from hypothesis import given, settings
from hypothesis import strategies as st

from gradaudit.columns import WORST_FIRST
from gradaudit.events import ParameterInfo

UNSEEN = 255
FIRST, INF = 2, 65534
FOREVER = (-(2**53), 2**53)


class Pages(LogReader):
    """A log in memory: tag -> data."""

    def __init__(self, data: dict[str, list[bytes]]) -> None:
        super().__init__(None, None, "")
        self.data = data
        self.asked: list[str] = []

    def read(self, run: str, tags: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        del run
        for tag in tags:
            self.asked.append(tag)
            yield tag, self.data.get(tag, [])

    def tags(self) -> dict[Tag, Any]:
        found = {Tag.parsed(name): tuple(data) for name, data in self.data.items()}
        return {tag: stamp for tag, stamp in found.items() if tag is not None}


@dataclass
class Start:
    """Names of the parameters, and (step, statuses, codes) of each step."""

    names: list[str]
    steps: list[tuple[int, list[int], list[int]]]


def pages(starts: list[Start], size: int = 5) -> Pages:
    """The log of these starts: blocks of `size` steps, two of them below a tag."""
    data: dict[str, list[bytes]] = {}
    for number, start in enumerate(starts):
        stamp = start_stamp(0, 1000 + number)
        entries = [
            schema_entry(ParameterInfo(index=i, name=name, model="m"))
            for i, name in enumerate(start.names)
        ]
        data[tag_of("gradaudit/schema", stamp)] = [encode_document({"parameters": [*entries]})]
        for count, low in enumerate(range(0, len(start.steps), size)):
            some = start.steps[low : low + size]
            block = Block(
                np.array([step for step, _, _ in some], np.int64),
                np.array([status for _, status, _ in some], np.uint8).reshape(len(some), -1),
                np.array([codes for _, _, codes in some], np.uint16).reshape(len(some), -1),
            )
            tag = tag_of("gradaudit/grid", stamp, count // 2)
            data.setdefault(tag, []).append(encode_block(block))
    return Pages(data)


def cells_of(starts: list[Start]) -> tuple[list[str], dict[int, dict[str, tuple[int, int]]]]:
    """All names, the latest start's first, and what each step says of each name.

    A later start owns all steps from its first to its last.
    """
    names: list[str] = []
    known: dict[int, dict[str, tuple[int, int]]] = {}
    for start in starts:
        if start.steps:
            low, high = start.steps[0][0], start.steps[-1][0]
            known = {step: cells for step, cells in known.items() if not low <= step <= high}
        for step, status, codes in start.steps:
            known[step] = dict(zip(start.names, zip(status, codes, strict=True), strict=True))
    for start in reversed(starts):
        names += [name for name in start.names if name not in names]
    return names, known


def worst(statuses: list[int]) -> int:
    return min(statuses, key=WORST_FIRST.index)


@st.composite
def many_starts(draw: st.DrawFn) -> list[Start]:
    starts: list[Start] = []
    for _ in range(draw(st.integers(1, 3))):
        names = draw(st.permutations(["a", "b", "c", "d"]))[: draw(st.integers(1, 4))]
        first = draw(st.integers(0, 30))
        gaps = draw(st.lists(st.integers(1, 4), max_size=25))
        steps = []
        for gap in gaps:
            first += gap
            status = draw(st.lists(st.sampled_from(WORST_FIRST), min_size=len(names),
                                   max_size=len(names)))  # fmt: skip
            codes = draw(st.lists(st.sampled_from([0, 1, 2, 500, 900, 65533, 65534, 65535]),
                                  min_size=len(names), max_size=len(names)))  # fmt: skip
            steps.append((first, status, codes))
        starts.append(Start(names, steps))
    return starts


@pytest.mark.parametrize("most", [10**9, 0], ids=["exact", "pooled"])
@given(starts=many_starts(), columns=st.integers(1, 30), span=st.none() | st.tuples(
    st.integers(0, 60), st.integers(0, 60)), chosen=st.booleans())  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_view_tells_the_worst_of_each_column(
    most: int, starts: list[Start], columns: int, span: tuple[int, int] | None, chosen: bool
) -> None:
    """Whatever starts, blocks, names, range and width: nothing is lost and nothing invented.

    How many parameters have had a status is exact even where a worse one covers it.
    """
    names, known = cells_of(starts)
    reader = pages(starts)
    track = Track(("t",), Shelf(10**6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EXACT_CELLS", most)
        patch.setattr(module, "GRANULE", 2)
        track = Track(("t",), Shelf(10**6))
        track.update(reader, "run", reader.tags())
        parameters = np.arange(len(names))[::-1].copy() if chosen else None
        view = track.view(reader, "run", span or FOREVER, columns, parameters, with_low=True)
    assert [one.name for one in track.parameters] == names
    assert track.steps.tolist() == sorted(known)
    wanted = [step for step in sorted(known) if span is None or span[0] <= step <= span[1]]
    told = [step for low, high in zip(view.first, view.last, strict=True)
            for step in sorted(known) if low <= step <= high]  # fmt: skip
    assert len(view.first) <= columns
    assert len(told) == len(set(told))
    assert set(wanted) <= set(told)
    if most:
        assert told == wanted
        assert len(view.first) == min(columns, len(wanted))
    status, low_codes = to_codes(view.cells.ranks), view.cells.lowest()
    rows = names[::-1] if chosen else names
    for column, (low, high) in enumerate(zip(view.first, view.last, strict=True)):
        inside = [known[step] for step in sorted(known) if low <= step <= high]
        for row, name in enumerate(rows):
            seen = [cells.get(name, (UNSEEN, 0)) for cells in inside]
            codes = [code for _, code in seen]
            ordinary = [code for code in codes if FIRST <= code < INF]
            assert status[column, row] == worst([one for one, _ in seen])
            assert view.cells.norms[column, row] == max(codes)
            assert low_codes[column, row] == min(ordinary, default=int(NO_LOW))
    everything = {(name, one) for step in told for name, (one, _) in known[step].items()}
    counts = {code: sum(one == code for _, one in everything) for code in WORST_FIRST}
    had = {code: many for code, many in sorted(counts.items()) if many and code != UNSEEN}
    assert view.had == (None if chosen else had)


@given(many_starts())
@settings(max_examples=100, deadline=None)
def test_a_log_that_grows_is_read_piece_by_piece(starts: list[Start]) -> None:
    """Only tags with news are read again, and the end is the same as reading all at once."""
    grown = Track(("grown",), Shelf(10**6))
    end = pages(starts)
    for most in range(4):  # blocks of each start
        part = Pages(dict(end.data))
        for name in end.data:
            tag = Tag.parsed(name)
            if tag is not None and tag.kind == "grid":
                part.data[name] = end.data[name][: max(0, most - 2 * tag.number)]
        grown.update(part, "run", part.tags())
    grown.update(end, "run", end.tags())
    end.asked.clear()
    grown.update(end, "run", end.tags())
    assert end.asked == []
    whole = Track(("whole",), Shelf(10**6))
    whole.update(end, "run", end.tags())
    views = [one.view(end, "run", FOREVER, 1000) for one in (grown, whole)]
    assert grown.parameters == whole.parameters
    for name in ("first", "last"):
        assert np.array_equal(getattr(views[0], name), getattr(views[1], name))
    assert np.array_equal(views[0].cells.ranks, views[1].cells.ranks)
    assert np.array_equal(views[0].cells.norms, views[1].cells.norms)


def test_what_the_shelf_has_no_room_for_is_read_again() -> None:
    """A view is right with no memory for decoded blocks at all."""
    steps = [(step, [step % 3], [100 + step]) for step in range(40)]
    reader = pages([Start(["w"], steps)])
    track = Track(("t",), Shelf(0))
    track.update(reader, "run", reader.tags())
    reader.asked.clear()
    view = track.view(reader, "run", (3, 7), 100)
    assert to_codes(view.cells.ranks)[:, 0].tolist() == [step % 3 for step in range(3, 8)]
    assert len(set(reader.asked)) == 1


def test_a_log_that_is_gone_is_forgotten() -> None:
    """A run that is deleted and begun anew shows the new one alone."""
    reader = pages([Start(["w"], [(step, [1], [5]) for step in range(40)])])
    track = Track(("t",), Shelf(10**6))
    track.update(reader, "run", reader.tags())
    other = pages([Start([], []), Start(["v"], [(7, [2], [6])])])
    track.update(other, "run", other.tags())
    assert track.steps.tolist() == [7]
    assert [one.name for one in track.parameters] == ["v"]


def test_pooled_cells_grow_coarser_before_anything_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """First rows cover a whole block; then what comes is left out, and the message says so."""
    monkeypatch.setattr(module, "EXACT_CELLS", 0)
    wide = 100
    steps = [(step, [0] * wide, [100 + step] * wide) for step in range(640)]
    reader = pages([Start([f"p{i}" for i in range(wide)], steps)], size=32)
    whole = Track(("whole",), Shelf(10**6))
    whole.update(reader, "run", reader.tags())
    assert whole.message is None
    monkeypatch.setattr(module, "POOLED_BYTES", whole.size * 3 // 4)
    coarse = Track(("coarse",), Shelf(10**6))
    coarse.update(reader, "run", reader.tags())
    assert coarse.message is None
    assert len(coarse.steps) == 640
    assert len(coarse.view(reader, "run", FOREVER, 1000).first) == 20
    monkeypatch.setattr(module, "POOLED_BYTES", whole.size // 8)
    small = Track(("small",), Shelf(10**6))
    small.update(reader, "run", reader.tags())
    assert "too large" in (small.message or "")
    assert small.size <= whole.size // 8 + 32 * wide * 5
    assert small.steps.tolist() == list(range(len(small.steps)))
    assert 0 < len(small.steps) < 640


def test_more_tags_than_can_be_shown_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at once, and not bit by bit with each question either."""
    monkeypatch.setattr(module, "MOST_TAGS", 3)
    reader = pages([Start(["w"], [(step, [0], [5]) for step in range(200)])])
    track = Track(("t",), Shelf(10**6))
    for _ in range(3):
        track.update(reader, "run", reader.tags())
    assert len(set(reader.asked)) == 3
    assert "too large" in (track.message or "")


def test_names_and_findings_come_before_steps() -> None:
    """With no time at all the schema is read, and the steps wait."""
    reader = pages([Start(["w"], [(step, [0], [5]) for step in range(200)])])
    track = Track(("t",), Shelf(10**6))
    track.update(reader, "run", reader.tags(), until=0.0)
    assert [one.name for one in track.parameters] == ["w"]
    assert track.unread == len(reader.tags()) - 2
    track.update(reader, "run", reader.tags())
    assert (track.unread, len(track.steps)) == (0, 200)


def test_blocks_without_names_have_numbers() -> None:
    """A log whose schema is lost shows its cells all the same, and says why they have no names."""
    reader = pages([Start(["a", "b"], [(0, [1, 2], [5, 6])])])
    del reader.data[tag_of("gradaudit/schema", start_stamp(0, 1000))]
    track = Track(("t",), Shelf(10**6))
    track.update(reader, "run", reader.tags())
    assert [one.name for one in track.parameters] == ["parameter 0", "parameter 1"]
    assert "numbers" in (track.message or "")
    view = track.view(reader, "run", FOREVER, 10)
    assert to_codes(view.cells.ranks).tolist() == [[1, 2]]


def test_steps_that_go_back_within_a_start_are_shown_once() -> None:
    """A forged log with the same steps twice has each of them once, the first one."""

    def block(tag: str, place: int, *steps: int) -> Stored:
        return Stored(0, tag, place, np.array(steps, np.int64), 1, np.zeros(1, np.uint8))

    shown = timeline([[block("a", 0, 1, 5, 9), block("a", 1, 3, 7, 11), block("a", 2, 2, 4)]])
    assert shown.steps.tolist() == [1, 5, 9, 11]
    assert sum(one.end - one.begin for one in shown.segments) == 4


def test_every_code_has_a_rank_and_unknown_ones_were_not_seen() -> None:
    codes = np.arange(256, dtype=np.uint8)
    back = to_codes(to_ranks(codes))
    known = [code for code in WORST_FIRST if code != UNSEEN]
    assert all(back[code] == code for code in known)
    assert all(back[code] == UNSEEN for code in set(range(256)) - set(known))
    assert to_ranks(np.array(WORST_FIRST, np.uint8)).tolist() == list(range(8, -1, -1))


@pytest.mark.parametrize("width", [1, 255, 256, 300])
def test_narrow_and_wide_cells_are_pooled_alike(width: int) -> None:
    """Two ways of pooling, one for few columns and one for many, give the same."""
    random = np.random.default_rng(width)
    cells = Cells(
        random.integers(0, 9, (50, width)).astype(np.uint8),
        random.integers(0, 65536, (50, width)).astype(np.uint16),
    )
    rows = np.sort(random.integers(0, 7, 50))
    pooled = empty(7, width, with_low=True)
    pooled.take(cells, rows)
    for row in range(7):
        inside = rows == row
        expected = cells.norms[inside].max(axis=0, initial=0)
        assert np.array_equal(pooled.norms[row], expected)
        assert np.array_equal(pooled.ranks[row], cells.ranks[inside].max(axis=0, initial=0))


def test_a_shelf_lets_go_of_what_was_used_longest_ago() -> None:
    shelf = Shelf(3 * 30)
    for name in "abc":
        shelf.put(name, empty(1, 10))
    assert shelf.get("a") is not None
    shelf.put("d", empty(1, 10))
    assert shelf.get("b") is None
    assert shelf.get("a") is not None
    assert shelf.size == 90
    shelf.put("huge", empty(10, 10))
    assert shelf.get("huge") is None
    assert shelf.size <= 90
