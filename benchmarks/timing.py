"""Two ways to do the same step, in turns in one process, and how their times compare.

What is compared alternates in blocks, as bare, one way, bare, the next way, bare: each block of a
way has a bare one right before and right after it, and its *ratio* is its time over the mean of
those two. The time of a block is that of its median step. A machine that slows down, a heap that
fills up, concern both alike. The first step of each block is not counted, since it comes with the
switch.

Time is that of the thread (`time.thread_time`), so that waiting for a processor does not count;
wall-clock time is kept beside it. Garbage is collected between blocks and never in them.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Way:
    """A step, and what turns this way of doing it on and off."""

    name: str
    step: Callable[[], object]
    begin: Callable[[], object] = _nothing
    end: Callable[[], object] = _nothing


@dataclass(frozen=True)
class Comparison:
    """One way against bare. Times are of one step; ratios have no unit.

    `low`, `high`: quartiles of the ratios of the pairs. `error`: about one standard error of their
    median. `mean_ratio`: all time over all time, in which what happens in few steps has its share;
    so has every disturbance.
    """

    bare_ms: float
    ms: float
    ratio: float
    low: float
    high: float
    error: float
    mean_ratio: float
    wall_ratio: float
    added_us: float
    pairs: int
    steps: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], steps: int) -> Comparison:
        """`steps`: how many were timed in each block."""
        ratios = [p.cpu / p.bare_cpu for p in pairs]
        low, middle, high = quartiles(ratios)
        return cls(
            bare_ms=1e3 * statistics.median(p.bare_cpu for p in pairs),
            ms=1e3 * statistics.median(p.cpu for p in pairs),
            ratio=middle,
            low=low,
            high=high,
            # Of a normal sample's median: 1.25 sigma / sqrt(n), sigma being 0.74 of the quartiles.
            error=0.93 * (high - low) / len(pairs) ** 0.5,
            mean_ratio=sum(p.mean for p in pairs) / sum(p.bare_mean for p in pairs),
            wall_ratio=statistics.median(p.wall / p.bare_wall for p in pairs),
            added_us=1e6 * statistics.median(p.cpu - p.bare_cpu for p in pairs),
            pairs=len(pairs),
            steps=steps,
        )


@dataclass(frozen=True)
class Block:
    """Seconds a step: processor time of its median step, of all of them, and wall-clock time."""

    cpu: float
    mean: float
    wall: float


@dataclass(frozen=True)
class Pair:
    """A block of a way and the mean of the bare blocks beside it, in seconds a step."""

    cpu: float
    bare_cpu: float
    mean: float
    bare_mean: float
    wall: float
    bare_wall: float

    @classmethod
    def of(cls, before: Block, block: Block, after: Block) -> Pair:
        return cls(
            block.cpu, (before.cpu + after.cpu) / 2,
            block.mean, (before.mean + after.mean) / 2,
            block.wall, (before.wall + after.wall) / 2,
        )  # fmt: skip


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Of one value too, and none is outside what was seen."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def steps_in_a_block(seconds_per_step: float) -> int:
    """A fifth of a second, 64 steps at most; one where it is long.

    Python's own caches are cold for some steps after the switch, since it replaces functions.
    """
    if seconds_per_step > 0.25:
        return 1
    return max(3, min(64, int(0.2 / seconds_per_step)))


def seconds_of_one(way: Way, steps: int = 3) -> float:
    """Processor time of a step of this way, roughly."""
    way.begin()
    way.step()
    start = time.thread_time()
    for _ in range(steps):
        way.step()
    spent = time.thread_time() - start
    way.end()
    return max(spent / steps, 1e-6)


def _block(way: Way, steps: int) -> Block:
    way.begin()
    way.step()
    gc.collect()
    times: list[float] = []
    wall = time.perf_counter()
    for _ in range(steps):
        start = time.thread_time()
        way.step()
        times.append(time.thread_time() - start)
    wall = time.perf_counter() - wall
    way.end()
    return Block(statistics.median(times), statistics.fmean(times), wall / steps)


def alternate(
    bare: Way, ways: Sequence[Way], *, seconds: float, least: int = 5
) -> dict[str, Comparison]:
    """Compare each way with bare, for about `seconds` in all and at least `least` pairs of each.

    Raises:
        ValueError: two ways of one name, which could not be told apart in the result.

    """
    if len({way.name for way in ways}) < len(ways):
        raise ValueError(f"expected ways of different names, got {[way.name for way in ways]}")
    steps = steps_in_a_block(seconds_of_one(bare))
    collected: dict[str, list[Pair]] = {way.name: [] for way in ways}
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()  # what lives through all blocks need not be walked at each collection
    gc.disable()
    try:
        end = time.monotonic() + seconds
        before = _block(bare, steps)
        rounds = 0
        while time.monotonic() < end or rounds < least:
            for way in ways:
                block, after = _block(way, steps), _block(bare, steps)
                collected[way.name].append(Pair.of(before, block, after))
                before = after
            rounds += 1
    finally:
        if was_enabled:
            gc.enable()
        gc.unfreeze()
    return {name: Comparison.of(pairs, steps) for name, pairs in collected.items()}
