"""Audited against bare for one model: the child process of `benchmarks.overhead`.

    python -m benchmarks.cases MODEL [--seconds 6] [--quick]     prints one JSON object

Both do their steps on the same model and the same optimizer, and the audit is paused in between.
It is made anew for each case, and has had its first steps, in which it looks at more, before any
is timed. `trace="off"`: a run that is healthy traces its first step only.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

import gradaudit
from benchmarks import peers
from benchmarks.models import SHAPES, Training
from benchmarks.timing import Comparison, Way, alternate, seconds_of_one
from gradaudit.errors import UsageError
from tests.support.traces import traces_left

NOT_IN_A_STEP = ("torch.compile", "torch.clear_autocast_cache", "call at a compilation")
"""What a pause leaves in place, and no step of these loops comes across."""


@dataclass(frozen=True)
class Case:
    """A loop that is audited. `values`: the option of `watch`, or "null": nobody watches."""

    optimizer: str
    clip: bool = False
    accumulate: int = 1
    values: str = "all"


def cases(*, quick: bool) -> Iterator[Case]:
    """Those of every model; the null pair comes first, so that noise is seen early, and what takes
    long comes last, for a limit of time would cut it off.
    """
    yield Case("SGD", values="null")
    yield Case("SGD")
    yield Case("SGD", clip=True)
    if quick:
        return
    yield Case("SGD", values="sampled")
    yield Case("SGD", clip=True, values="sampled")
    yield Case("AdamW")
    yield Case("AdamW", clip=True)
    for optimizer in ("SGD", "AdamW"):
        for clip in (False, True):
            yield Case(optimizer, clip, 8)


@dataclass(frozen=True)
class Outcome:
    """What a case gave. `skipped`: why it could not be measured, and then nothing was.

    `left`: names of ours in torch while the audit was paused; they make bare steps too slow.
    """

    case: Case
    comparison: Comparison | None = None
    findings: tuple[str, ...] = ()
    left: int = 0
    skipped: str = ""


def measure(name: str, case: Case, *, seconds: float, least: int) -> Outcome:
    """One case, with a model and an audit of its own."""
    training = Training(name, case.optimizer)

    def step() -> None:
        training.step(clip=case.clip, accumulate=case.accumulate)

    for _ in range(2):
        step()
    bare = Way("bare", step)
    if case.values == "null":
        null = alternate(bare, [Way("null", step)], seconds=seconds, least=least)
        return Outcome(case, null["null"])
    options: dict[str, Any] = {"trace": "off", "on_finding": "silent"}
    if case.values != "all":
        options["values"] = case.values
    try:
        audit = gradaudit.watch(training.model, training.optimizer, **options)
    except UsageError as error:
        return Outcome(case, skipped=f"not in this version: {error}")
    with audit:
        # Those of many backwards take long, and the first looks go by steps: short ones will do.
        for _ in range(training.shape.steps_to_warm):
            training.step(clip=case.clip)
        for _ in range(3 if case.accumulate > 1 else 0):
            step()
        audit.pause()
        left = sum(not name.startswith(NOT_IN_A_STEP) for name in traces_left())
        way = Way("audited", step, audit.resume, audit.pause)
        compared = alternate(bare, [way], seconds=seconds, least=least)["audited"]
        audit.resume()
        report = audit.report()
    return Outcome(case, compared, tuple(f.code for f in report.findings), left)


def measure_peers(name: str, *, seconds: float, least: int) -> dict[str, Any]:
    """Name -> comparison, or the reason that there is none."""
    training = Training(name, "SGD")
    for _ in range(2):
        training.step()
    ways, absent = peers.ways(training)
    # Turn by turn, not one after the other: all of them see the same weather.
    compared = alternate(Way("bare", training.step), ways, seconds=seconds * len(ways), least=least)
    return {**{k: asdict(v) for k, v in compared.items()}, **absent}


def _line(name: str, outcome: Outcome) -> str:
    case, one = outcome.case, outcome.comparison
    clip = "clip" if case.clip else ""
    what = f"{name:9} {case.optimizer:5} x{case.accumulate} {clip:4} {case.values:7}"
    if one is None:
        return f"{what} {outcome.skipped[:70]}"
    told = f"  findings {outcome.findings}" if outcome.findings else ""
    return (
        f"{what} {one.bare_ms:9.3f} ms  ratio {one.ratio:.4f} +-{one.error:.4f} "
        f"({one.low:.3f} to {one.high:.3f}), mean {one.mean_ratio:.4f}, wall {one.wall_ratio:.4f}, "
        f"added {one.added_us:.0f} us, {one.pairs} x {one.steps}{told}"
    )


def main() -> None:
    """Measure, tell of each case on stderr, and print all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=SHAPES)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--limit", type=float, default=360.0, help="seconds; no case begins later")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    name, quick = chosen.model, chosen.quick
    deadline = time.monotonic() + chosen.limit
    one = Training(name, "SGD")
    step_seconds = seconds_of_one(Way("bare", one.step), 1)
    sizes = list(one.sizes())
    result: dict[str, Any] = {
        "model": name, "title": SHAPES[name].title, "parameters": len(sizes),
        "elements": sum(sizes), "cases": [], "peers": {},
    }  # fmt: skip
    del one
    for case in cases(quick=quick):
        gc.collect()
        step = step_seconds * case.accumulate
        least = 2 if step > 2 or quick else 3 if step > 0.4 else 6
        # A share of half a percent asks for more pairs than a few.
        seconds = chosen.seconds * (2 if step > 0.2 and not quick else 1)
        if time.monotonic() > deadline:
            outcome = Outcome(case, skipped=f"{name} had taken more than {chosen.limit:.0f} s")
        else:
            outcome = measure(name, case, seconds=seconds, least=least)
        print(_line(name, outcome), file=sys.stderr, flush=True)
        result["cases"].append(asdict(outcome))
    if SHAPES[name].peers and not quick:
        gc.collect()
        result["peers"] = measure_peers(name, seconds=chosen.seconds / 2, least=3)
        for peer, value in result["peers"].items():
            said = value if isinstance(value, str) else f"{value['ratio']:.3f}"
            print(f"{name:9} {peer:16} {said}", file=sys.stderr, flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
