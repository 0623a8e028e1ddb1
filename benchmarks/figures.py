"""What an audit costs besides time in a step: memory, import, start-up, a log, a traced step.

    python -m benchmarks.figures [--quick]     prints one JSON object

Each figure is from fresh processes: what was imported or allocated before would be part of it.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.environment import python

Figures = dict[str, Any]
PAGE_BYTES = 4096
FIRST_STEPS = 70
"""What is kept of the last 64 steps is full after them."""


def _many(parameters: int) -> tuple[Any, Any, Callable[[], None]]:
    """Parameters of 16 elements and a loss that costs next to nothing."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    model = nn.ParameterList(nn.Parameter(torch.randn(16) / 4) for _ in range(parameters))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    held = list(model)

    def step() -> None:
        torch.cat(held).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    return model, optimizer, step


def resident_bytes() -> int:
    """Memory of this process that is in RAM (Linux; 0 where the system does not tell)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


def memory(parameters: int, steps: int) -> Figures:
    """Bytes that an audit holds after its first steps, and per step in `steps` more.

    `traced`: what Python and numpy have allocated (tracemalloc). `resident`: what the process has
    grown by, in which torch's own workspace for the norms counts as well. `per_step` is without
    the table of the report, which may grow to 12 MiB (gradaudit/recorder.py) and is `table`.
    """
    import gradaudit

    model, optimizer, step = _many(parameters)
    for _ in range(20):
        step()
    gradaudit.watch(_many(2)[0]).close()  # imports what an audit needs
    gc.collect()
    resident = resident_bytes()
    with gradaudit.watch(model, optimizer, trace="off", on_finding="silent"):
        for _ in range(FIRST_STEPS):
            step()
        gc.collect()
        resident = resident_bytes() - resident
    tracemalloc.start(3)
    with gradaudit.watch(model, optimizer, trace="off", on_finding="silent") as audit:
        for _ in range(FIRST_STEPS):
            step()
        audit.catch_up()  # norms are kept back for a while, and it would be chance for how long
        held, table = _allocated()
        for _ in range(steps):
            step()
        audit.catch_up()
        later, later_table = _allocated()
    tracemalloc.stop()
    grown = (later - later_table) - (held - table)
    return {
        "traced": held, "table": later_table, "resident": resident, "per_step": grown / steps,
        "steps": steps,
    }  # fmt: skip


def _allocated() -> tuple[int, int]:
    """Bytes in all, and those of the report's table among them, since tracemalloc was started."""
    gc.collect()
    snapshot = tracemalloc.take_snapshot()
    of_table = [tracemalloc.Filter(True, "*/gradaudit/recorder.py", all_frames=True)]
    sums = [
        sum(trace.size for trace in one.traces)
        for one in (snapshot, snapshot.filter_traces(of_table))
    ]
    return sums[0], sums[1]


def startup(parameters: int) -> Figures:
    """Milliseconds that `watch` and `close` take on a model of linear layers 16 wide."""
    from torch import nn, optim

    import gradaudit

    spent: dict[str, list[float]] = {"watch_ms": [], "close_ms": []}
    gradaudit.watch(nn.Linear(1, 1)).close()
    for _ in range(3 if parameters < 10_000 else 1):
        model = nn.Sequential(*[nn.Linear(16, 16) for _ in range(parameters // 2)])
        optimizer = optim.SGD(model.parameters(), lr=1e-3)
        start = time.perf_counter()
        audit = gradaudit.watch(model, optimizer, on_finding="silent")
        middle = time.perf_counter()
        audit.close()
        spent["watch_ms"].append(1e3 * (middle - start))
        spent["close_ms"].append(1e3 * (time.perf_counter() - middle))
    return {name: statistics.median(values) for name, values in spent.items()}


def log(name: str, seconds: float) -> Figures:
    """What `log_dir` adds to an audited step of a model of `benchmarks.models`, in time and bytes.

    Bytes are those of the steps after the first 40: the log's head, with the names of all
    parameters, is given beside them.
    """
    import torch

    import gradaudit
    from benchmarks.models import Training
    from benchmarks.timing import Way, alternate

    torch.set_num_threads(1)
    training = Training(name, "SGD")
    with tempfile.TemporaryDirectory() as folder:
        options: Figures = {"trace": "off", "on_finding": "silent"}
        plain = gradaudit.watch(training.model, training.optimizer, **options)
        for _ in range(240):
            training.step()
        plain.pause()
        logged = gradaudit.watch(training.model, training.optimizer, log_dir=folder, **options)
        for _ in range(40):
            training.step()
        head = _size(folder)
        steps = 200
        for _ in range(steps):
            training.step()
        grown = (_size(folder) - head) / steps
        logged.pause()

        def telling(audit: gradaudit.Watch) -> Callable[[], None]:
            """What is told together after a while is told within the time that is measured."""
            steps = count()

            def step() -> None:
                training.step()
                if next(steps) % 16 == 0:
                    audit.catch_up()

            return step

        bare = Way("bare", training.step)
        ways = [
            Way("audited", telling(plain), plain.resume, plain.pause),
            Way("logged", telling(logged), logged.resume, logged.pause),
        ]
        compared = alternate(bare, ways, seconds=seconds, least=4)
        logged.close()
        plain.close()
    # Of the mean: a median step writes nothing.
    bare_ms = compared["audited"].bare_ms
    added = 1e3 * bare_ms * (compared["logged"].mean_ratio - compared["audited"].mean_ratio)
    return {
        "parameters": len(training.parameters), "bytes_per_step": grown, "head_bytes": head,
        "added_us": added, "bare_ms": bare_ms,
    }  # fmt: skip


def _size(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


_IMPORT = "import time; t = time.perf_counter(); import gradaudit; print(time.perf_counter() - t)"
_READY = (
    "import torch, time; t = time.perf_counter(); import gradaudit; gradaudit.watch; "
    "print(time.perf_counter() - t)"
)


def imports(times: int) -> Figures:
    """Milliseconds of `import gradaudit` alone, and of `gradaudit.watch` where torch is there."""
    result: Figures = {"processes": times}
    for name, code in (("import_ms", _IMPORT), ("ready_ms", _READY)):
        python("-c", code)  # once for the byte code
        result[name] = 1e3 * statistics.median(float(python("-c", code)) for _ in range(times))
    return result


def traced(rounds: int) -> Figures:
    """Of `benchmarks.traced_step`: model -> ratio of a traced step, its quartiles and target."""
    import torch

    from benchmarks import traced_step

    torch.set_num_threads(1)
    return {
        name: {**traced_step.compare(name, rounds)["always"], "target": traced_step.TARGETS[name]}
        for name in traced_step.MODELS
    }


def _here(task: str, *arguments: str) -> Figures:
    """A function of this file in a process of its own."""
    return json.loads(python("-m", "benchmarks.figures", "--task", task, *arguments))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def everything(*, quick: bool) -> Figures:
    """All figures of this file."""
    result: Figures = {}
    _tell("imports, memory, start-up ...")
    result["imports"] = imports(3 if quick else 10)
    result["memory"] = {"2000": _here("memory", "2000", "200")}
    if not quick:
        result["memory"]["20000"] = _here("memory", "20000", "20")
    counts = ("2000",) if quick else ("2000", "20000")
    result["startup"] = {n: _here("startup", n) for n in counts}
    _tell("a log ...")
    seconds = "2" if quick else "8"
    logged = ("mlp",) if quick else ("mlp", "tiny2000")
    result["log"] = {name: _here("log", name, seconds) for name in logged}
    _tell("traced steps ...")
    result["traced"] = _here("traced", "1" if quick else "3")
    return result


TASKS: dict[str, Callable[..., Figures]] = {
    "memory": memory,
    "startup": startup,
    "log": log,
    "traced": traced,
}


def _argument(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def main() -> None:
    """One of the tasks, for the process that asks for all of them; or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--task", nargs="+", metavar=("TASK", "ARGUMENT"))
    chosen = parser.parse_args()
    if chosen.task:
        print(json.dumps(TASKS[chosen.task[0]](*map(_argument, chosen.task[1:]))))
    else:
        print(json.dumps(everything(quick=chosen.quick), indent=1))


if __name__ == "__main__":
    main()
