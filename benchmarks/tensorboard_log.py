"""What a TensorBoard log costs: processor time in the training thread, and bytes, for each step.

No model is trained: the events are those of a loop with one backward and one step of one
optimizer, with norms that scatter by half an octave (real ones scatter less, and get smaller).
The time is that of the calls alone (`time.thread_time`); a writer's own thread comes on top.

    python benchmarks/tensorboard_log.py [STEPS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gradaudit.auditor import started
from gradaudit.events import BackwardEnded, Event, ParameterInfo, ParametersAdded, StepTaken
from gradaudit.recorder import Recorder
from gradaudit.tensorboard import TensorBoardSink

SIZES = (100, 1_000, 10_000)
SCATTER = 0.5
"""Standard deviation of log2 of a norm, from one step to the next."""


def events_of(parameters: int, steps: int) -> list[Event]:
    """Of a run without a mistake."""
    random = np.random.default_rng(0)
    infos = tuple(
        ParameterInfo(
            index=i, name=f"net.layers.{i // 2}.{'weight' if i % 2 else 'bias'}", model="net",
            module=f"layers.{i // 2}", module_class="Linear", shape=(512, 512), numel=512 * 512,
        )
        for i in range(parameters)
    )  # fmt: skip
    held, nobody = np.arange(parameters, dtype=np.int32), np.zeros(parameters, np.bool_)
    status, everybody = np.zeros(parameters, np.uint8), np.ones(parameters, np.bool_)
    typical = random.normal(-6.0, 3.0, parameters)
    events: list[Event] = [started((), "", 0, 1), ParametersAdded(parameters=infos)]
    for k in range(steps):
        norm = np.exp2(typical + random.normal(0.0, SCATTER, parameters))
        events.append(
            BackwardEnded(
                step=k, number=k, site=None, arrived=everybody, expected=everybody, before=nobody,
                status=status, norm=norm,
            )
        )  # fmt: skip
        events.append(
            StepTaken(
                step=k, number=k, optimizer=0, held=held, status=status, norm=norm, frozen=nobody
            )
        )
    return events


def torch_writer(folder: Path) -> Any:
    """A SummaryWriter as torch makes them."""
    from torch.utils.tensorboard.writer import SummaryWriter

    return SummaryWriter(folder)


def measure(events: list[Event], steps: int, target: Callable[[Path], Any]) -> tuple[float, float]:
    """Milliseconds and bytes for each step."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        destination = target(folder)
        sink = TensorBoardSink(destination)
        spent = time.thread_time()
        for event in events:
            sink.emit(event)
        sink.close()
        spent = time.thread_time() - spent
        if destination is not folder:
            destination.close()
        size = sum(file.stat().st_size for file in folder.iterdir())
    return 1e3 * spent / steps, size / steps


def main() -> None:
    """Print both for each size and each kind of target."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print(f"{'parameters':>10}  {'written by':<12} {'ms a step':>9} {'bytes a step':>12}")
    for parameters in SIZES:
        events = events_of(parameters, max(steps // max(parameters // 1_000, 1), 100))
        count = sum(isinstance(event, StepTaken) for event in events)
        for name, target in (("gradaudit", lambda folder: folder), ("torch", torch_writer)):
            spent, size = measure(events, count, target)
            print(f"{parameters:>10,}  {name:<12} {spent:>9.3f} {size:>12,.0f}")
        recorder = Recorder()
        spent = time.thread_time()
        for event in events:
            recorder.feed(event)
        spent = 1e3 * (time.thread_time() - spent) / count
        print(f"{parameters:>10,}  {'in memory':<12} {spent:>9.3f}")


if __name__ == "__main__":
    main()
