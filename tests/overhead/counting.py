"""How much work an audit does in a healthy step, in numbers that no clock and no neighbour changes.

- *instructions*: bytecodes executed in files of gradaudit. What Python work there is; one bytecode
  can hide a long loop in C, which the next two are for.
- *calls*: calls of functions of torch and numpy written in C, made by files of gradaudit.
- *operators*: torch operators that run because of the audit, those inside operators included.
- *read*: elements that go into norms because of the audit, over the elements of all gradients.

Numbers of bytecodes differ between versions of Python, the others between versions of torch: they
are compared only with numbers of the same ones (`VERSIONS`).
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

import gradaudit

HOME = str(Path(gradaudit.__file__).parent)
COUNTED = ("torch", "numpy")
VERSIONS = f"Python {sys.version_info[0]}.{sys.version_info[1]}, torch " + ".".join(
    torch.__version__.split(".")[:2]
)
WARM = {"mlp20": 104, "tiny200": 40, "tiny2000": 40}
"""Steps before: an audit looks at more in its first ones. At its 100th backward it looks through
all objects of the process, whose number is not ours."""


@dataclass(frozen=True)
class Loop:
    """A loop with SGD. `sinks`: of the audit."""

    model: str
    clip: bool = False
    accumulate: int = 1
    values: str = "all"
    sinks: tuple[Any, ...] = ()


LOOPS = {
    "plain": {},
    "clip": {"clip": True},
    "accumulation": {"accumulate": 8},
    "sampled": {"values": "sampled"},
}


def _mlp20() -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    """Ten layers of 64: their weights are too large to be stacked, their biases are not."""
    parts: list[nn.Module] = []
    for _ in range(10):
        parts += [nn.Linear(64, 64), nn.Tanh()]
    model = nn.Sequential(*parts)
    x = torch.randn(8, 64)
    return model, lambda: model(x).square().mean()


def _tiny(parameters: int) -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    """Parameters of 16 elements, and a loss of as few operators as can reach all of them."""
    held = [nn.Parameter(torch.randn(16)) for _ in range(parameters)]
    return nn.ParameterList(held), lambda: torch.cat(held).square().mean()


MODELS: dict[str, Callable[[], tuple[nn.Module, Callable[[], torch.Tensor]]]] = {
    "mlp20": _mlp20,
    "tiny200": lambda: _tiny(200),
    "tiny2000": lambda: _tiny(2000),
}


@contextmanager
def audited(loop: Loop) -> Iterator[tuple[gradaudit.Watch, Callable[[], None], int]]:
    """The audit after its first steps, a step of the loop, and how many elements gradients have."""
    torch.manual_seed(0)
    model, loss = MODELS[loop.model]()
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=1e-3)

    def step() -> None:
        for _ in range(loop.accumulate):
            (loss() / loop.accumulate).backward()
        if loop.clip:
            nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    options: dict[str, Any] = {"trace": "off", "on_finding": "silent", "sinks": loop.sinks}
    if loop.values != "all":
        options["values"] = loop.values
    # What is due after so many seconds is not: it would come at another step each time.
    stopped = patch("time.monotonic", lambda: 0.0)
    with stopped, gradaudit.watch(model, optimizer, **options) as audit:
        for _ in range(max(WARM[loop.model] // loop.accumulate, 26)):
            step()
        yield audit, step, sum(p.numel() for p in parameters)
        # An audit that has switched itself off counts nothing, and would look very fast.
        assert [f.code for f in audit.report().findings] == []
        assert set(audit.statuses().values()) == {"ok"}


class _Counter:
    """Counts while it is on, which a `with` block says. What ran before is restored."""

    def __init__(self) -> None:
        self.instructions = self.calls = 0

    def __enter__(self) -> _Counter:
        self._before = sys.gettrace(), sys.getprofile()
        sys.setprofile(self._called)
        sys.settrace(self._entered)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before[0])
        sys.setprofile(self._before[1])

    def _entered(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(HOME):
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return self._ran

    def _ran(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            self.instructions += 1
        return self._ran

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "c_call" or not frame.f_code.co_filename.startswith(HOME):
            return
        owner = getattr(arg, "__module__", None) or type(getattr(arg, "__self__", None)).__module__
        self.calls += owner.split(".")[0] in COUNTED


def python_work(step: Callable[[], None], steps: int) -> dict[str, float]:
    """Instructions and calls per step: the median over `steps` of them, and the mean.

    In the median are steps as most are; in the mean those too in which something is due that is
    looked at now and then.
    """
    counts: list[tuple[int, int]] = []
    for _ in range(steps):
        with _Counter() as counter:
            step()
        counts.append((counter.instructions, counter.calls))
    instructions, calls = zip(*counts, strict=True)
    return {
        "instructions": statistics.median(instructions),
        "instructions, mean": statistics.fmean(instructions),
        "calls": statistics.median(calls),
        "calls, mean": statistics.fmean(calls),
    }


def _profiled(step: Callable[[], None], steps: int) -> tuple[int, int]:
    """Operators that ran, and elements that went into norms."""
    with torch.autograd.profiler.profile(record_shapes=True) as profile:
        for _ in range(steps):
            step()
    events = [e for e in profile.function_events if e.name.startswith("aten::")]
    # A list of norms (_foreach_norm) runs one of these for each, as the norm of one tensor does.
    norms = [e for e in events if e.name == "aten::linalg_vector_norm"]
    return len(events), sum(_elements(event.input_shapes) for event in norms)


def _elements(shapes: Sequence[Any] | None) -> int:
    """Of all inputs; that of a list of tensors is a list of shapes."""
    total = 0
    for shape in shapes or ():
        if shape and isinstance(shape[0], list | tuple):
            total += _elements(shape)
        elif shape:
            total += math.prod(shape)
    return total


def torch_work(
    audit: gradaudit.Watch, step: Callable[[], None], elements: int, steps: int = 2
) -> dict[str, float]:
    """Operators per step and `read`: with the audit, less those of the same steps without it."""
    ran, into_norms = _profiled(step, steps)
    audit.pause()
    step()
    bare, bare_norms = _profiled(step, steps)
    audit.resume()
    for _ in range(3):
        step()
    return {
        "operators": (ran - bare) / steps,
        "read": (into_norms - bare_norms) / steps / elements,
    }


def is_counted(name: str) -> bool:
    """Does this version of `watch` know the option of that loop?"""
    values = Loop("", **LOOPS[name.partition(", ")[2]]).values
    try:
        gradaudit.watch(nn.Linear(1, 1), values=values).close()  # type: ignore[arg-type]
    except gradaudit.UsageError:
        return False
    return True


def stored() -> dict[str, dict[str, dict[str, float]]]:
    """Versions -> loop -> number by name, as recorded."""
    if not STORED.exists():
        return {}
    return json.loads(STORED.read_text(encoding="utf-8"))


STORED = Path(__file__).parent / "counts.json"
STEPS = {"mlp20": 64, "tiny200": 16, "tiny2000": 16}
NAMES = (
    "mlp20, plain", "mlp20, clip", "mlp20, accumulation", "mlp20, sampled", "tiny200, plain",
    "tiny2000, plain", "tiny2000, clip", "tiny2000, accumulation",
)  # fmt: skip
"""Every loop that is counted. Small tensors are read in each backward, sampled or not."""


def measure(name: str, sinks: tuple[Any, ...] = ()) -> dict[str, float]:
    """All numbers of one of `NAMES`.

    Counted in a thread of its own, whose stack is the same whoever asks: an audit walks up the
    stack to find the user's line, so that each frame of a test runner would count as work.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_measure, name, sinks).result()


def _measure(name: str, sinks: tuple[Any, ...]) -> dict[str, float]:
    model, _, kind = name.partition(", ")
    loop = Loop(model, sinks=sinks, **LOOPS[kind])
    with audited(loop) as (audit, step, elements):
        work = python_work(step, STEPS[model] // (1 if loop.accumulate == 1 else 4))
        if model != "tiny2000":  # the profiler would take seconds, and "tiny200" says it
            work |= torch_work(audit, step, elements)
    return work


def complaints(name: str, counted: dict[str, float], before: dict[str, float]) -> list[str]:
    """A sentence for each number that rose by more than the margin. `before`: as stored."""
    found: list[str] = []
    for what, number in counted.items():
        old = before.get(what)
        if old is None:
            found.append(
                f"expected a stored number of {what} per step of the loop '{name}', got none for "
                f"{VERSIONS}: {RECORD}"
            )
            continue
        allowed = old + max(MARGIN * abs(old), SLACK.get(what, 0.0))
        if number > allowed:
            found.append(
                f"{what} per step of the loop '{name}' rose from {old:,.6g} to {number:,.6g}, and "
                f"{allowed:,.6g} is allowed: a healthy step has become more expensive; if that is "
                f"meant, {RECORD}"
            )
    return found


RECORD = "run `python -m benchmarks.record_counts` and commit tests/overhead/counts.json"
MARGIN = 0.05
SLACK = {"calls": 2.0, "calls, mean": 2.0, "operators": 2.0, "read": 0.01}
"""Of small numbers, one more is more than the margin."""
