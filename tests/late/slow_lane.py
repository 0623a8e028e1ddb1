"""The CPU as if it were a device that is late: the same machinery, and numbers that take a while.

A flight is ready when its lane has been asked a chosen number of times since it left. Nothing of
torch is replaced.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from gradaudit.events import FloatArray
from gradaudit.probes import late_lanes


class SlowFlight:
    """Ready at the ask after `asks` others of the lane, or when somebody waits."""

    def __init__(self, lane: SlowLane, vector: torch.Tensor, asks: int) -> None:
        self._lane, self._vector, self._due = lane, vector, lane.asked + asks
        self.given_up = False
        self.waited = False
        self.seen = False

    def ready(self) -> bool:
        """Time goes by asks."""
        self._lane.check()
        self._lane.asked += 1
        return self._lane.asked > self._due or self.given_up

    def wait(self) -> None:
        """Noted."""
        self._lane.check()
        self._due, self.waited = -1, True

    def numbers(self) -> FloatArray:
        """Read only now."""
        assert self._lane.asked > self._due
        self.seen = True
        return np.array(self._vector.double().numpy())


class SlowLane:
    """Keeps what was sent; where `ring` are under way, the oldest is given up."""

    def __init__(self, asks: int, ring: int) -> None:
        self.asks, self.ring = asks, ring
        self.under_way: deque[SlowFlight] = deque()
        self.sent: list[SlowFlight] = []
        self.captures = False
        self.asked = 0
        self.fails: str | None = None
        """What every operation raises from now on: the device is in error, or has no memory."""

    def check(self) -> None:
        """Raises: RuntimeError: as told."""
        if self.fails is not None:
            raise RuntimeError(self.fails)

    def capturing(self) -> bool:
        """As told."""
        return self.captures

    def send(self, vector: torch.Tensor) -> SlowFlight:
        """As a device would take it."""
        self.check()
        self.under_way = deque(f for f in self.under_way if not f.seen)
        if len(self.under_way) >= self.ring:
            self.under_way.popleft().given_up = True
        flight = SlowFlight(self, vector.clone(), self.asks)
        self.under_way.append(flight)
        self.sent.append(flight)
        return flight


@contextmanager
def late_cpu(asks: int = 1, ring: int = 8) -> Generator[SlowLane]:
    """All gradients on the CPU are read late."""
    lane = SlowLane(asks, ring)
    late_lanes.forget_lanes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(late_lanes.LANES, "cpu", lambda device: lane)
        yield lane
    late_lanes.forget_lanes()
