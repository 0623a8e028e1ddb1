"""Whether gradients still point where they did, told by a few of their elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from gradaudit.event_base import FloatArray
from gradaudit.probes.late_lanes import Flight, joined, lane_of
from gradaudit.probes.measure import SAMPLE, sample
from gradaudit.rank_events import GradientsUnsynchronized

SAME_DIRECTION = 0.9999
"""Cosine from which a gradient was at most scaled meanwhile."""
FEWEST = 4
"""Elements needed to speak of a direction."""


class Few:
    """A few elements of a gradient: there now or, if `late`, on their way from a device.

    See `gradaudit.probes.late.Awaited`.
    """

    def __init__(self, gradient: torch.Tensor, *, late: bool) -> None:
        self._values: FloatArray | None = None
        self._flight: Flight | None = None
        lane = lane_of(gradient.device) if late else None
        if lane is None:
            self._values = sample(gradient)
        elif gradient.layout == torch.strided and gradient.is_floating_point():
            with torch.no_grad(), torch._C.DisableTorchFunction():
                flat = gradient.detach().reshape(-1)
                stride = max(1, flat.numel() // SAMPLE)
                self._flight = lane.send(joined([flat[::stride][:SAMPLE]]))

    def is_ready(self) -> bool:
        """Never waits."""
        return self._flight is None or self._flight.ready()

    def wait(self) -> None:
        """Until they are there."""
        if self._flight is not None and not self._flight.given_up:
            self._flight.wait()

    def give_up(self) -> None:
        """They will not come."""
        self._flight = None

    def read(self) -> FloatArray | None:
        """float64; None where they never came."""
        flight, self._flight = self._flight, None
        if flight is not None and not flight.given_up:
            self._values = flight.numbers()
        return self._values

    def is_above_zero(self) -> bool:
        """Is one of them? False where they never came."""
        values = self.read()
        return values is not None and bool((values > 0.0).any())


def same_direction(before: Sequence[Few], now: Sequence[Few]) -> bool:
    """Of all of them together. Averaging would turn them."""
    a, b = [one.read() for one in before], [one.read() for one in now]
    if not a or any(x is None or y is None or len(x) != len(y) for x, y in zip(a, b, strict=True)):
        return False
    v = np.concatenate([x for x in a if x is not None])
    w = np.concatenate([y for y in b if y is not None])
    if len(v) < FEWEST or not (np.isfinite(v).all() and np.isfinite(w).all()):
        return False
    size = float(np.linalg.norm(v) * np.linalg.norm(w))
    return size > 0 and float(v @ w) / size > SAME_DIRECTION


class Unsure(NamedTuple):
    """Events to be told if the gradients point where the backward left them (`before`, `now`).

    Averaging would have turned them. Without any of these they are sure.
    """

    told: tuple[GradientsUnsynchronized, ...]
    before: tuple[Few, ...]
    now: tuple[Few, ...]

    @property
    def awaited(self) -> tuple[Few, ...]:
        """What has to be there first."""
        return tuple(one for one in (*self.before, *self.now) if not one.is_ready())

    def events(self) -> tuple[GradientsUnsynchronized, ...]:
        """What is true of them."""
        sure = not self.before or same_direction(self.before, self.now)
        return self.told if sure else ()
