"""DeepSpeed, the real one, where it is installed: told of once, never judged wrongly."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("deepspeed") is None, reason="DeepSpeed is not installed"
    ),
]
ALL = ["body.weight", "body.bias", "head.weight", "head.bias"]


def found(stage: int, how: str) -> list[list[object]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # DeepSpeed builds an operator when it is first used, which takes minutes.
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("deepspeed_run.py")), str(stage), how],
        env={**os.environ, "MASTER_PORT": port}, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, done.stderr[-2000:]
    result: list[list[object]] = json.loads(lines[0].removeprefix("FOUND "))
    return result


@pytest.mark.parametrize("how", ["healthy", "cut"])
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_zero_is_told_of_once_and_not_judged(stage: int, how: str) -> None:
    assert found(stage, how) == [["info", "GA902", ALL]]


def test_stage_0_is_audited_like_any_loop() -> None:
    assert found(0, "healthy") == []
    assert found(0, "cut") == [["warning", "GA101", ["body.weight", "body.bias"]]]
