"""docs/devices.md is run, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from benchmarks import gpu
from gradaudit.probes import late_lanes, late_values
from tests.late.slow_lane import late_cpu

PAGE = (Path(__file__).parents[2] / "docs" / "devices.md").read_text(encoding="utf-8")


def _run(code: str) -> None:
    exec(compile(code, "docs/devices.md", "exec"), {"__name__": "page"})


def _code_and_prints() -> tuple[str, str]:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    (prints,) = re.findall(r"^<!-- prints -->\n```text\n(.*?)^```$", PAGE, re.M | re.S)
    return code, prints


@pytest.mark.parametrize("late", [False, True])
def test_the_example_prints_what_the_page_says(
    late: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the CPU, and on a device that is late."""
    code, prints = _code_and_prints()
    if late:
        with late_cpu(asks=3):
            _run(code)
    else:
        _run(code)
    assert capsys.readouterr().out == prints


def test_without_sync_it_is_as_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    """One bad step is in the weights."""
    with late_cpu(asks=1):
        _run(_code_and_prints()[0].replace(", sync=True", ""))
    out = capsys.readouterr().out
    assert "after 4 steps; the weights are finite: False" in out
    assert re.search(r"after 4 steps, with one bad step in the\s+weights", PAGE)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    """How many tensors, and how many buffers."""
    assert f"at most {late_values.TOGETHER} in one call" in PAGE
    assert late_lanes.RING == 8
    assert "eight small buffers" in PAGE
    assert set(late_lanes.LANES) == {"cuda", "xpu"}


def test_the_benchmark_of_gpus_runs_without_one() -> None:
    """On a tiny model: every figure is there, and nothing is found that stops training."""
    result = gpu.case(gpu.SMALL, torch.device("cpu"), clip=True, sync=False, blocks=2, steps=2)
    assert result["tensors"] == 28
    assert result["bare_ms"] > 0
    assert result["audited_ms"] > 0
    assert set(result["findings"]) <= {"GA404"}, "bf16 rounds the steps of a norm's weight away"


def test_the_model_of_the_benchmark_has_the_size_it_is_said_to_have() -> None:
    """350 million parameters, counted without making them."""
    with torch.device("meta"):
        count = sum(p.numel() for p in gpu.GPT(gpu.Size()).parameters())
    assert 345e6 < count < 360e6
