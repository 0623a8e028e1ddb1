"""What a traced step costs: a bare step, an audited one and a traced one, in turns in one process.

    python -m benchmarks.traced_step [--rounds 8] [--profile MODEL]

One thread, CPU time of that thread. Of each kind the median over the rounds; the spread is the
middle half of the ratios of neighbours in time. Targets: 1.2 for a transformer and a ResNet, 2.0
for MLPs; an audited step that is not traced is given beside it.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

import gradaudit
from benchmarks.models import Loss, resnet
from benchmarks.timing import quartiles


def transformer() -> tuple[nn.Module, Loss]:
    """Six layers, 256 wide, batches of 8 x 128 tokens."""
    layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.1, batch_first=True)
    body = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
    model = nn.Sequential(nn.Embedding(1000, 256), body, nn.Linear(256, 1000))
    x, y = torch.randint(0, 1000, (8, 128)), torch.randint(0, 1000, (8 * 128,))
    return model, lambda: nn.functional.cross_entropy(model(x).view(-1, 1000), y)


def _mlp(layers: int, width: int, batch: int) -> tuple[nn.Module, Loss]:
    parts: list[nn.Module] = []
    for _ in range(layers - 1):
        parts += [nn.Linear(width, width), nn.ReLU()]
    model = nn.Sequential(*parts, nn.Linear(width, 10))
    x, y = torch.randn(batch, width), torch.randint(0, 10, (batch,))
    return model, lambda: nn.functional.cross_entropy(model(x), y)


def mlp() -> tuple[nn.Module, Loss]:
    """Twenty parameters (ten layers, 256 wide), batches of 64."""
    return _mlp(10, 256, 64)


def tiny() -> tuple[nn.Module, Loss]:
    """Two layers, 8 wide: nothing but overhead."""
    return _mlp(2, 8, 4)


def many() -> tuple[nn.Module, Loss]:
    """Two thousand parameters of four elements, one call each."""
    values = nn.ParameterList(nn.Parameter(torch.randn(4)) for _ in range(2000))
    return values, lambda: torch.stack([p * 2 for p in values]).square().mean()


MODELS = {one.__name__: one for one in (transformer, resnet, mlp, tiny, many)}
TARGETS = {"transformer": 1.2, "resnet": 1.2, "mlp": 2.0, "tiny": 2.0, "many": 2.0}
STEPS = {"transformer": 3, "resnet": 5, "mlp": 15, "tiny": 15, "many": 5}
WARM = 4
"""Steps before: names are taken over, the models and optimizers are found."""


def _timed(steps: int, step: Callable[[], None], watch: Any) -> float:
    taken: list[float] = []
    with watch:
        for _ in range(WARM + steps):
            start = time.thread_time()
            step()
            taken.append(time.thread_time() - start)
    return statistics.median(taken[WARM:])


def _stepper(name: str) -> tuple[nn.Module, Any, Callable[[], None]]:
    torch.manual_seed(0)
    model, loss = MODELS[name]()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return model, optimizer, step


def compare(name: str, rounds: int) -> dict[str, dict[str, float]]:
    """Kind -> milliseconds of a step, its ratio to a bare one, and the quartiles of the pairs."""
    model, optimizer, step = _stepper(name)
    kinds: dict[str, Callable[[], Any]] = {
        "bare": nullcontext,
        "off": lambda: gradaudit.watch(model, optimizer, trace="off", on_finding="silent"),
        "always": lambda: gradaudit.watch(model, optimizer, trace="always", on_finding="silent"),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds + 1):
        for kind, watch in kinds.items():
            taken = _timed(STEPS[name], step, watch())
            if number:
                times[kind].append(taken)
    bare = statistics.median(times["bare"])
    result: dict[str, dict[str, float]] = {}
    for kind, values in times.items():
        median = statistics.median(values)
        low, _, high = quartiles([a / b for a, b in zip(values, times["bare"], strict=True)])
        result[kind] = {"ms": 1e3 * median, "ratio": median / bare, "low": low, "high": high}
    return result


def measure(name: str, rounds: int) -> str:
    """One line of the table."""
    compared = compare(name, rounds)
    return (
        f"{name:12} {compared['bare']['ms']:9.3f} ms"
        + "".join(
            f"   {kind} {one['ratio']:5.2f} ({one['low']:.2f}-{one['high']:.2f})"
            for kind, one in compared.items()
            if kind != "bare"
        )
        + f"   target {TARGETS[name]}"
    )


def profile(name: str) -> None:
    """Where the time of a traced step goes."""
    model, optimizer, step = _stepper(name)
    with gradaudit.watch(model, optimizer, trace="always", on_finding="silent"):
        for _ in range(WARM):
            step()
        profiler = cProfile.Profile()
        profiler.enable()
        for _ in range(STEPS[name] * 5):
            step()
        profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(32)


def main() -> None:
    """The table, or a profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--profile", choices=MODELS)
    parser.add_argument("models", nargs="*")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.profile:
        profile(chosen.profile)
        return
    for name in chosen.models or MODELS:
        print(measure(name, chosen.rounds), flush=True)


if __name__ == "__main__":
    main()
