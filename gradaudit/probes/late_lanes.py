"""The way of a few numbers from a device to the host, without the host ever waiting for it.

[Note: Lanes] A vector of results is copied into pinned host memory behind the work that computes
it, on the same stream, and an event is recorded behind the copy. Until the event has come to pass
nobody looks at the memory; asking whether it has is no synchronisation. The buffers are made once
and used in turn. Where the next one is still under way, its numbers are given up: a run that is so
far ahead of its device is told so, and never slowed down.

A kind of device without streams and events has no lane: its gradients are read at once, as on the
CPU. `LANES` can be added to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from gradaudit.events import FloatArray

RING = 8
"""Vectors of one device that may be under way. A backward sends one, seldom two or three."""

LEAST = 1024
"""Numbers that a buffer has room for at least."""


class Flight(Protocol):
    """Numbers on their way."""

    @property
    def given_up(self) -> bool:
        """They will never come."""
        ...

    def ready(self) -> bool:
        """Are they there? Never waits."""
        ...

    def wait(self) -> None:
        """Wait until they are there: only where the user has asked for them."""
        ...

    def numbers(self) -> FloatArray:
        """float64, a copy; once `ready`."""
        ...


class Lane(Protocol):
    """Of one device."""

    def capturing(self) -> bool:
        """Is work being recorded for later? Then nothing may be added, asked or allocated."""
        ...

    def send(self, vector: torch.Tensor) -> Flight:
        """Copy a vector (k,), float64 or float32, behind all that was begun before."""
        ...


class _Slot:
    """A pinned buffer and its event; `flight`: what is under way in it."""

    __slots__ = ("buffer", "event", "flight")

    def __init__(self, event: Any, room: int) -> None:
        self.event = event
        self.buffer = torch.empty(room, dtype=torch.float64, pin_memory=True)
        self.flight: _EventFlight | None = None


class _EventFlight:
    """A copy with an event behind it."""

    def __init__(self, slot: _Slot, target: torch.Tensor) -> None:
        self._slot: _Slot | None = slot
        self._target = target
        self.given_up = False
        self._numbers: FloatArray | None = None

    def ready(self) -> bool:
        """See `Flight`."""
        if self._numbers is None and self._slot is not None and self._slot.event.query():
            self._land()
        return self._numbers is not None or self.given_up

    def wait(self) -> None:
        """See `Flight`."""
        if self._slot is not None:
            self._slot.event.synchronize()
            self._land()

    def _land(self) -> None:
        slot, self._slot = self._slot, None
        if slot is not None:
            self._numbers = self._target.numpy().astype(np.float64)
            slot.flight = None

    def give_up(self) -> None:
        """The buffer is needed for others."""
        self._slot, self.given_up = None, True

    def numbers(self) -> FloatArray:
        """See `Flight`."""
        assert self._numbers is not None
        return self._numbers


class EventLane:
    """A lane of events and pinned buffers, for CUDA (ROCm) and XPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._module: Any = torch.get_device_module(device)
        self._ring: deque[_Slot] = deque()
        """The one that was used last comes last."""

    def capturing(self) -> bool:
        """See `Lane`."""
        return capturing(self._device.type)

    def send(self, vector: torch.Tensor) -> Flight:
        """See `Lane`. The vector's memory may be used again by later work of the same stream."""
        length = vector.numel()
        with self._module.device(self._device):
            stream = self._module.current_stream(self._device)
            slot = self._slot(length, stream)
            target = slot.buffer.view(vector.dtype)[:length]
            target.copy_(vector, non_blocking=True)
            slot.event.record(stream)
        flight = slot.flight = _EventFlight(slot, target)
        return flight

    def _slot(self, length: int, stream: Any) -> _Slot:
        ring = self._ring
        free = next((one for one in ring if one.flight is None), None)
        if free is None and len(ring) < RING:
            free = _Slot(self._module.Event(), max(LEAST, 1 << (length - 1).bit_length()))
        elif free is None:
            free = ring[0]
            if free.flight is not None and not free.flight.ready():
                free.flight.give_up()
                # Another stream must not overtake the copy that is still to come into this buffer:
                # the device waits here, not the host.
                stream.wait_event(free.event)
            free.flight = None
        if free in ring:
            ring.remove(free)
        ring.append(free)
        if free.buffer.numel() < length:
            room = 1 << (length - 1).bit_length()
            free.buffer = torch.empty(room, dtype=torch.float64, pin_memory=True)
        return free


def joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """One vector, float64 where one of them is: a device may not have it."""
    wide = torch.float64 if any(t.dtype == torch.float64 for t in parts) else torch.float32
    return torch.cat([t.to(wide) for t in parts])


def capturing(kind: str) -> bool:
    """Is the current stream of this kind of device being captured into a graph?"""
    if kind != "cuda" or not torch.cuda.is_initialized():
        return False
    return torch.cuda.is_current_stream_capturing()


def _event_lane(device: torch.device) -> Lane | None:
    module: Any = torch.get_device_module(device)
    has_all = all(hasattr(module, name) for name in ("Event", "current_stream", "device"))
    return EventLane(device) if has_all else None


LANES: dict[str, Callable[[torch.device], Lane | None]] = {
    "cuda": _event_lane,
    "xpu": _event_lane,
}
"""By kind of device, what makes the lane of one."""

_lanes: dict[torch.device, Lane | None] = {}


def is_late(kind: str) -> bool:
    """Are the values of this kind of device read late?"""
    return kind in LANES


def is_elsewhere(t: torch.Tensor) -> bool:
    """Would reading it wait for a device?"""
    return not (t.is_cpu or t.is_meta) or is_late(t.device.type)


def lane_of(device: torch.device) -> Lane | None:
    """The lane of a device, made when it is first asked for; None: its values are read at once."""
    if device not in _lanes:
        make = LANES.get(device.type)
        _lanes[device] = None if make is None else make(device)
    return _lanes[device]


def forget_lanes() -> None:
    """Let go of all buffers, when the last audit is closed."""
    _lanes.clear()
