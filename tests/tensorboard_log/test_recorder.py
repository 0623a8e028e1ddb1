"""The record of a run that a report carries: bounded, and nothing bad gets lost in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradaudit.columns import UNSEEN, WORST_FIRST
from gradaudit.events import Event, ParameterInfo, ParametersAdded, Status, StepTaken
from gradaudit.normcodes import NO_NORM, norm_of
from gradaudit.recorder import Grid, Recorder


def added(first: int, count: int) -> ParametersAdded:
    infos = tuple(
        ParameterInfo(index=i, name=f"m.p{i}", model="m") for i in range(first, first + count)
    )
    return ParametersAdded(parameters=infos)


def taken(step: int, status: Sequence[int], norm: Sequence[float]) -> StepTaken:
    n = len(status)
    return StepTaken(
        step=step, number=step, optimizer=0, held=np.arange(n, dtype=np.int32),
        status=np.array(status, np.uint8), norm=np.array(norm, np.float64),
        frozen=np.zeros(n, np.bool_),
    )  # fmt: skip


def grid_of(events: Sequence[Event], cells: int) -> Grid:
    recorder = Recorder(cells)
    for event in events:
        recorder.feed(event)
    grid = recorder.grid(rank=3)
    assert grid is not None
    assert grid.rank == 3
    return grid


cells = st.tuples(
    st.sampled_from([int(s) for s in Status]), st.floats(min_value=1e-3, max_value=1e3)
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=60),
    room=st.integers(min_value=2, max_value=12),
    later=st.integers(min_value=0, max_value=60),
)
def test_a_kept_column_has_the_worst_of_its_steps(
    rows: list[list[tuple[int, float]]], room: int, later: int
) -> None:
    """Compared with the steps themselves, cell by cell; a third parameter comes later."""
    events: list[Event] = [added(0, 2)]
    for step, row in enumerate(rows):
        if step == later:
            events.append(added(2, 1))
        known = row if step >= later else row[:2]
        events.append(taken(step, [s for s, _ in known], [x for _, x in known]))
    grid = grid_of(events, room * 3)
    assert len(grid.first) <= max(2, room * 3 // len(grid.parameters)) + 1
    assert grid.first[0] == 0
    assert grid.last[-1] == len(rows) - 1
    assert (grid.first[1:] == grid.last[:-1] + 1).all()
    for k, (first, last) in enumerate(zip(grid.first, grid.last, strict=True)):
        for p in range(grid.status.shape[1]):
            seen = [rows[s][p] for s in range(first, last + 1) if p < 2 or s >= later]
            worst = min((WORST_FIRST.index(s) for s, _ in seen), default=8)
            assert grid.status[k, p] == WORST_FIRST[worst]
            if not seen:
                assert grid.norms[k, p] == NO_NORM
    assert len(grid.parameters) == grid.status.shape[1]


def test_the_largest_norm_of_merged_columns_stays() -> None:
    """40 steps in room for 4 columns; the norms rise to 39 and fall again."""
    heights = [float(min(k + 1, 40 - k)) for k in range(40)]
    grid = grid_of([added(0, 1), *(taken(k, [0], [x]) for k, x in enumerate(heights))], 4)
    for k in range(len(grid.first)):
        inside = heights[grid.first[k] : grid.last[k] + 1]
        assert norm_of(grid.norms[k, 0]) == pytest.approx(max(inside), rel=0.008)


def test_one_bad_step_among_a_hundred_thousand_is_still_there() -> None:
    """At 2,000 parameters the record has room for some 2,000 columns."""
    recorder = Recorder(1 << 14)
    recorder.feed(added(0, 100))
    sound, bad = [0] * 100, [0] * 100
    bad[42] = Status.NAN
    for step in range(20_000):
        recorder.feed(taken(step, bad if step == 12_345 else sound, [1.0] * 100))
    grid = recorder.grid()
    assert grid is not None
    ((column, parameter),) = np.argwhere(grid.status == Status.NAN)
    assert parameter == 42
    assert grid.first[column] <= 12_345 <= grid.last[column]
    assert grid.status.size <= (1 << 14) + 100


def test_a_model_that_is_larger_than_the_record_keeps_two_columns() -> None:
    """More parameters than cells: the first and the second half of the run."""
    grid = grid_of([added(0, 50), *(taken(k, [0] * 50, [1.0] * 50) for k in range(64))], 10)
    assert 2 <= len(grid.first) <= 3
    assert grid.last[-1] == 63


def test_a_run_without_a_step_has_no_grid() -> None:
    """Nothing was seen, which is something else than nothing wrong."""
    recorder = Recorder()
    recorder.feed(added(0, 2))
    assert recorder.grid() is None


def test_a_grid_is_a_copy_that_nobody_changes() -> None:
    """The run goes on, and the grid that was given out stays."""
    recorder = Recorder()
    recorder.feed(added(0, 1))
    recorder.feed(taken(0, [0], [1.0]))
    grid = recorder.grid()
    recorder.feed(taken(1, [int(Status.NAN)], [1.0]))
    assert grid is not None
    assert grid.status.tolist() == [[0]]
    with pytest.raises(ValueError, match="read-only"):
        grid.status[0, 0] = UNSEEN
