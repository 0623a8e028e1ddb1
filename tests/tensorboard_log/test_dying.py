"""What is left of a log when the process ends in other ways than `close`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tensorboard_log.reading import Log, read

SCRIPT = Path(__file__).with_name("dying.py")


def log_of(how: str, folder: Path) -> tuple[Log, int]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), how, str(folder)],
        env={**os.environ, "PYTHONPATH": "integrations"}, cwd=SCRIPT.parents[2],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "taken\n", done.stderr
    return read(folder), done.returncode


def test_a_killed_process_loses_the_block_it_was_filling(tmp_path: Path) -> None:
    """1 + 3 * 32 columns of 100 are written; the reader finds them all."""
    log, code = log_of("killed", tmp_path)
    assert code == -9
    assert log.steps() == list(range(97))


@pytest.mark.slow
@pytest.mark.parametrize("writer", ["", "-torch"])
def test_a_killed_process_does_not_lose_a_finding(writer: str, tmp_path: Path) -> None:
    """Nor the bad column itself; torch's writer hands over from a thread of its own."""
    log, _ = log_of(f"killed-after-finding{writer}", tmp_path)
    assert set(log.steps()) >= set(range(101))
    (document,) = log.findings.values()
    assert "GA201" in {one["code"] for one in document["findings"]}
    assert document["ended"] is False


@pytest.mark.slow
@pytest.mark.parametrize("how", ["raised", "raised-outside", "returned", "returned-torch"])
def test_whoever_leaves_in_order_loses_nothing(how: str, tmp_path: Path) -> None:
    """An exception through the `with` block or past it, and a script that never closes."""
    log, code = log_of(how, tmp_path)
    assert log.steps() == list(range(100))
    (document,) = log.findings.values()
    assert document["ended"] is True
    if how == "raised":
        assert document["exception"] == "RuntimeError: in the middle"
    assert code == (1 if "raised" in how else 0)


@pytest.mark.slow
def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    """It trains on, closes the audit and ends in order; the parent's log has one step more."""
    log, code = log_of("forked", tmp_path)
    assert code == 0
    assert log.steps() == list(range(101))
    assert len(list(tmp_path.iterdir())) == 1
