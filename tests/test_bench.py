"""The benchmark measures what it says: its arithmetic, its turns, its models, and its page."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

import gradaudit
from benchmarks import overhead_page, peers, targets
from benchmarks.environment import machine, measuring, python
from benchmarks.models import SHAPES, Training
from benchmarks.overhead import RESULTS, rounded
from benchmarks.timing import Comparison, Pair, Way, alternate, quartiles, steps_in_a_block

ROOT = Path(__file__).parents[1]


def busy(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_ways_take_turns_with_bare_between_them() -> None:
    """Each block of a way has a bare one before and after it, and is switched on in it only."""
    said: list[str] = []
    on: list[str] = []

    def way(name: str) -> Way:
        return Way(name, lambda: (said.append("".join(on) or "-"), busy(0.001)),
                   lambda: on.append(name), lambda: on.remove(name))  # fmt: skip

    bare = Way("bare", lambda: (said.append("".join(on) or "-"), busy(0.001)))
    compared = alternate(bare, [way("a"), way("b")], seconds=0.0, least=2)
    turns = [s for s, before in zip(said, [None, *said[:-1]], strict=True) if s != before]
    assert turns == ["-", "a", "-", "b", "-", "a", "-", "b", "-"]
    assert on == []
    assert {name: one.pairs for name, one in compared.items()} == {"a": 2, "b": 2}


def test_a_step_that_takes_half_as_long_again_has_ratio_one_and_a_half() -> None:
    """And adds the difference. Processor time, so that a busy machine does not matter."""
    compared = alternate(
        Way("bare", lambda: busy(0.004)), [Way("slow", lambda: busy(0.006))], seconds=0.0, least=3
    )["slow"]
    assert compared.ratio == pytest.approx(1.5, rel=0.1)
    assert compared.added_us == pytest.approx(2000, rel=0.3)


def test_ratios_are_of_neighbours_and_the_mean_of_all_time() -> None:
    """By hand: ratios 1.1, 1.2 and 3; 0.11 + 0.12 + 0.6 s over 0.1 + 0.1 + 0.2 s."""
    times = [(0.11, 0.1), (0.12, 0.1), (0.6, 0.2)]
    pairs = [Pair(way, bare, way, bare, way, bare) for way, bare in times]
    one = Comparison.of(pairs, 4)
    assert one.ratio == pytest.approx(1.2)
    assert (one.low, one.high) == (pytest.approx(1.15), pytest.approx(2.1))
    assert one.mean_ratio == pytest.approx(0.83 / 0.4)
    assert one.added_us == pytest.approx(20_000)


def test_a_step_that_is_slow_now_and_then_shows_in_the_mean() -> None:
    """One step of 16 takes nine times as long: the median one does not, and the mean is 1.5."""
    calls = iter(range(1000))
    sometimes = Way("sometimes", lambda: busy(0.018 if next(calls) % 65 % 16 == 9 else 0.002))
    compared = alternate(Way("bare", lambda: busy(0.002)), [sometimes], seconds=0.0, least=3)
    assert compared["sometimes"].steps == 64
    assert compared["sometimes"].ratio == pytest.approx(1.0, abs=0.05)
    assert compared["sometimes"].mean_ratio == pytest.approx(1.5, abs=0.1)


def test_two_ways_of_one_name_are_refused() -> None:
    """Their results could not be told apart."""
    with pytest.raises(ValueError, match="different names"):
        alternate(Way("bare", int), [Way("a", int), Way("a", int)], seconds=0.0)


def test_a_block_is_short_and_never_empty() -> None:
    """64 short steps, one long one; quartiles of a single value are that value."""
    assert [steps_in_a_block(s) for s in (1e-6, 0.004, 0.1, 5.0)] == [64, 50, 3, 1]
    assert quartiles([2.0]) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("name", "parameters", "largest"),
    [("mlp", 20, 65536), ("gpt", 77, 1024 * 256), ("resnet", 62, 512 * 512 * 9),
     ("tiny2000", 2000, 256), ("wide", 6, 4096 * 4096)],
)  # fmt: skip
def test_models_are_what_their_titles_say(name: str, parameters: int, largest: int) -> None:
    """Number of parameter tensors, and elements of the largest."""
    sizes = list(Training(name, "SGD").sizes())
    assert (len(sizes), max(sizes)) == (parameters, largest)


@pytest.mark.parametrize(
    ("name", "optimizer"), [("mlp", "SGD"), ("mlp", "AdamW"), ("tiny2000", "SGD")]
)
def test_models_are_healthy(name: str, optimizer: str) -> None:
    """Every gradient is finite and not zero, with clipping and accumulation; nothing is found."""
    training = Training(name, optimizer)
    with gradaudit.watch(
        training.model, training.optimizer, on_finding="silent", trace="off"
    ) as audit:
        for _ in range(6):
            training.step()
        training.step(clip=True, accumulate=2)
    assert set(audit.statuses().values()) == {"ok"}
    assert audit.report().findings == ()


def test_peers_leave_the_step_as_it_was() -> None:
    """Those that are there: after their turn the model and the optimizer are without them."""
    training = Training("mlp", "SGD")
    ways, absent = peers.ways(training)
    names = {way.name for way in ways} | set(absent)
    assert names == set(overhead_page.LOOKS_AT)
    assert {"clip_grad_norm_", "isfinite loop", "detect_anomaly"} <= {way.name for way in ways}
    assert all(absent.values())
    assert not torch.is_anomaly_enabled()
    assert "step" not in vars(training.optimizer)
    assert "forward" not in vars(training.model)


def test_the_measuring_process_has_one_thread_and_its_own_gradaudit() -> None:
    """The one beside the benchmarks, wherever another is installed."""
    assert measuring()["OMP_NUM_THREADS"] == "1"
    said = python(
        "-c", "import torch, gradaudit; print(torch.get_num_threads(), gradaudit.__file__)"
    )
    assert said.split() == ["1", str(ROOT / "gradaudit" / "__init__.py")]
    with pytest.raises(RuntimeError, match="ended with code 3"):
        python("-c", "raise SystemExit(3)")


def test_the_machine_is_described() -> None:
    """All that the head of the page needs."""
    about = machine()
    # A build for a device calls itself 2.13.0+cu130, and its package may say the first half alone.
    assert about["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert all(about[key] for key in ("processor", "cores", "python", "date", "commit"))


def comparison(**given: float) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "bare_ms": 4.0, "ms": 4.4, "ratio": 1.1, "low": 1.05, "high": 1.15, "error": 0.01,
        "mean_ratio": 1.12, "wall_ratio": 1.1, "added_us": 400.0, "pairs": 9, "steps": 16,
    }  # fmt: skip
    return {**plain, **given}


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(1.03, "1.040, reached"), (1.06, "1.040, **missed**"), (1.045, "1.040, within the error")],
)
def test_a_target_is_reached_missed_or_undecided(ratio: float, said: str) -> None:
    """By the standard error of the ratio."""
    assert overhead_page.verdict(comparison(ratio=ratio), 1.04) == said
    assert overhead_page.verdict(comparison(ratio=ratio), None) == ""


def test_every_model_has_a_target_where_one_was_set() -> None:
    """1.01 in all loops that clip; nothing for the null pair."""
    assert set(SHAPES) == set(targets.MODELS)
    assert targets.target("gpt", clip=False, accumulate=1, values="all") == 1.005
    assert targets.target("tiny20000", clip=True, accumulate=8, values="all") == 1.01
    assert targets.target("wide", clip=False, accumulate=1, values="sampled") == 1.03
    assert targets.target("gpt", clip=False, accumulate=1, values="null") is None


def test_results_are_rounded_before_they_are_kept() -> None:
    """Five digits, at any depth; counts and words as they are."""
    assert rounded({"a": [1.23456789, 7], "b": ("x", None)}) == {"a": [1.2346, 7], "b": ["x", None]}


def test_the_page_shows_what_the_results_say() -> None:
    """The tables are those of the JSON that is kept beside the benchmark."""
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    page = overhead_page.PAGE.read_text(encoding="utf-8")
    assert overhead_page.tables(result) in page, "run `python -m benchmarks.overhead --page`"
    for model in result["models"].values():
        assert model["title"] in page


def test_a_page_says_what_was_left_out_and_what_was_in_the_way() -> None:
    """Skipped cases, findings, and names of ours that were in place in bare steps."""
    case = {"optimizer": "SGD", "clip": False, "accumulate": 1, "values": "all"}
    outcomes = [
        {"case": case, "comparison": comparison(), "findings": ["GA203"], "left": 3, "skipped": ""},
        {"case": {**case, "clip": True}, "comparison": None, "findings": [], "left": 0,
         "skipped": "mlp had taken more than 9 s"},
    ]  # fmt: skip
    result = {
        "machine": {**machine(), "load_at_end": 2.5, "minutes": 1.0},
        "models": {"mlp": {"model": "mlp", "title": "MLP", "parameters": 20, "elements": 10,
                           "cases": outcomes, "peers": {}}},
        "figures": {},
    }  # fmt: skip
    text = overhead_page.tables(result)
    for said in (
        "still in place",
        "GA203 on mlp",
        "more than 9 s",
        "load average",
        "1.100 ± 0.010",
    ):
        assert said in text


@pytest.mark.slow
def test_one_command_measures_and_tells(tmp_path: Path) -> None:
    """`--quick --only mlp`: the null pair, an audited step and one that clips, in a minute."""
    target = tmp_path / "result.json"
    command = [sys.executable, "-m", "benchmarks.overhead", "--quick", "--only", "mlp",
               "--seconds", "1", "--json", str(target)]  # fmt: skip
    page = overhead_page.PAGE.read_bytes()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "### MLP, 20 parameters, batch 64" in done.stdout
    assert overhead_page.PAGE.read_bytes() == page  # a part of the figures is no account
    cases = json.loads(target.read_text())["models"]["mlp"]["cases"]
    assert [c["case"]["values"] for c in cases] == ["null", "all", "all"]
    assert all(c["comparison"]["ratio"] > 0.5 and c["findings"] == [] for c in cases)
