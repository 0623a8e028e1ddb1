"""Large logs: how much memory and time they may take. Bounds of time are wide: machines differ."""

from __future__ import annotations

import struct
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from gradaudit_tensorboard import api, store
from gradaudit_tensorboard.format import encode_document, start_stamp, tag_of
from gradaudit_tensorboard.pooling import to_codes
from gradaudit_tensorboard.shelf import Shelf
from gradaudit_tensorboard.track import Track

from tests.tensorboard_plugin.logs import Log, Served
from tests.tensorboard_plugin.test_hostile import block
from tests.tensorboard_plugin.test_track import FOREVER, Pages

NAN = 2


@pytest.mark.slow
def test_a_very_large_run_is_shown_in_bounded_memory() -> None:
    """10,000 parameters x 50,000 steps: one bad cell is seen at full width, and found by zooming.

    What is kept is less than 320 MB, where the cells alone are 1.5 GB.
    """
    rows, steps, bad = 10_000, 50_000, (31_234, 7_654)
    status = np.zeros((rows, 32), np.uint8)
    good = zlib.compress(status.tobytes())
    status[bad[1], bad[0] % 32] = NAN
    worse, norms = zlib.compress(status.tobytes()), zlib.compress(bytes(2 * status.size))
    stamp = start_stamp(0, 1)
    names: list = [{"name": f"layer{i // 4}.p{i}"} for i in range(rows)]
    data = {tag_of("gradaudit/schema", stamp): [encode_document({"parameters": names})]}
    for number in range(steps // 32):
        inside = range(32 * number, 32 * number + 32)
        one = block([*inside], rows, worse if bad[0] in inside else good, norms)
        data.setdefault(tag_of("gradaudit/grid", stamp, number // 8), []).append(one)
    reader = Pages(data)
    shelf = Shelf(store.SHELF_BYTES)
    track = Track(("large",), shelf)
    track.update(reader, "run", reader.tags())
    assert track.message is None
    assert len(track.steps) == steps // 32 * 32
    assert track.size + shelf.size < 320_000_000
    began = time.monotonic()
    view = track.view(reader, "run", FOREVER, api.MOST_CELLS // rows)
    assert time.monotonic() - began < 10
    seen = to_codes(view.cells.ranks)
    (column,), (row,) = np.nonzero(seen == NAN)
    assert row == bad[1]
    for _ in range(4):
        low, high = int(view.first[column]), int(view.last[column])
        assert low <= bad[0] <= high
        view = track.view(reader, "run", (low - 100, high + 100), 800)
        (column,), _ = np.nonzero(to_codes(view.cells.ranks) == NAN)
    assert view.first[column] == view.last[column] == bad[0]
    assert track.size + shelf.size < 320_000_000


@pytest.mark.slow
def test_a_large_run_is_shown_at_once(tmp_path: Path) -> None:
    """2,000 noisy parameters x 5,000 steps; measured: 0.2 s until the first answer, then 0.07 s."""
    random = np.random.default_rng(0)
    log = Log(tmp_path / "large")
    log.schema([f"layer{i // 4}.p{i}" for i in range(2000)])
    log.cells(
        range(5000), random.random((5000, 2000)) < 0.001, np.exp(random.normal(size=(5000, 2000)))
    )
    log.close()
    served = Served(tmp_path, "auto", "--reload_interval", "0")
    served.until(lambda runs: [one["steps"] for one in runs.values()] == [5000])
    served.fresh()
    began = time.monotonic()
    served.ask("schema", key="large|0")
    served.grid(key="large|0")
    assert time.monotonic() - began < 5
    began = time.monotonic()
    for first in (0, 1000, 2000):
        assert served.grid(key="large|0", from_=first, to=first + 1500).header["columns"] == 1200
    assert time.monotonic() - began < 3
    served.close()


def test_several_may_ask_at_the_same_time(tmp_path: Path) -> None:
    """TensorBoard answers in threads; each answer is as if it were the only one."""
    status = np.arange(400 * 3).reshape(400, 3) % 8
    for name in "ab":
        log = Log(tmp_path / name)
        log.schema(["x", "y", "z"])
        log.cells(range(400), status)
        log.close()
    served = Served(tmp_path, "auto", "--reload_interval", "0")
    served.until(lambda runs: [one["steps"] for one in runs.values()] == [400, 400])
    served.fresh()
    wrong: list[object] = []

    def ask(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(10):
            low = int(random.integers(0, 390))
            grid = served.grid(key=f"{'ab'[seed % 2]}|0", from_=low, to=low + 9)
            if not np.array_equal(grid.status, status[low : low + 10].T):
                wrong.append((seed, low, grid.status))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    served.close()


def test_struct_of_the_forged_blocks_is_that_of_real_ones() -> None:
    """The large log above is made of blocks like those that are written."""
    from gradaudit_tensorboard.format import Block, decode_block, encode_block

    steps, cells = np.arange(3), np.zeros((3, 5), np.uint8)
    real = encode_block(Block(steps, cells, cells.astype(np.uint16)))
    made = block([0, 1, 2], 5, zlib.compress(bytes(15)), zlib.compress(bytes(30)))
    assert np.array_equal(decode_block(made).status, decode_block(real).status)
    assert struct.unpack_from("<B", made, 8) == (3,)
