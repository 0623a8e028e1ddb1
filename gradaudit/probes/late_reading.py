"""What was asked of gradients on a device, and what follows from it once it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gradaudit.arrays import IS_NOTHING
from gradaudit.events import BoolArray, ByteArray, FloatArray, IndexArray, Status
from gradaudit.probes.late_lanes import Flight
from gradaudit.probes.plans import CLEAR_ABOVE

_INF = float("inf")

Indices = IndexArray

Sent = tuple[Flight, Indices, Indices, tuple[str, ...]]
"""A flight, the places of its pairs of numbers and those without a norm, and what comes behind."""


class Reading:
    """What was asked of gradients at one moment: there later, or never.

    `status` (uint8 [n]) and `norm` (float64 [n]) hold at first what is known without asking: NONE
    and NaN, SKIPPED and 0, the values of what is on the CPU, and for the rest (`asked`) OK and NaN.
    """

    def __init__(self, status: ByteArray, norm: FloatArray) -> None:
        self.status, self.norm = status, norm
        self.asked: Indices = np.zeros(0, np.int32)
        self.given_up = False
        self.more: dict[str, float] = {}
        """Numbers of the same moment that were asked for as well: "loss", "scale"."""
        self._flights: list[Sent] = []
        self._open = False
        self._whole = False

    def is_ready(self) -> bool:
        """Is everything there, or given up? Never waits."""
        if self._whole or self.given_up:
            return True
        if self._open or not all(flight.ready() for flight, *_ in self._flights):
            return False
        self._land()
        return True

    def wait(self) -> None:
        """Until everything is there."""
        if self._open:
            self.give_up()  # it was never sent
        if not self._whole and not self.given_up:
            for flight, *_ in self._flights:
                if not flight.given_up:
                    flight.wait()
            self._land()

    def give_up(self) -> None:
        """It will not come: what is known without asking is all there is."""
        self.given_up, self._flights = True, []

    def zero(self) -> Any:
        """Which gradients were all zero, a mask [n]; none where it was given up."""
        if self.given_up:
            return np.zeros(len(self.status), np.bool_)
        return self.status == Status.ZERO

    def opened(self) -> Reading:
        """Not sent yet."""
        self._open = True
        return self

    def sent(self, flights: list[Sent]) -> None:
        """On their way."""
        self._flights, self._open = flights, False

    def _land(self) -> None:
        flights, self._flights = self._flights, []
        if any(flight.given_up for flight, *_ in flights):
            self.given_up = True
            return
        self._whole = True
        status, norm = self.status.copy(), self.norm.copy()
        for flight, places, normless, more in flights:
            numbers, k = flight.numbers(), len(places)
            _judge(numbers[:k], numbers[k : 2 * k], places, status, norm)
            self.more |= dict(zip(more, numbers[2 * k :].tolist(), strict=True))
            norm[normless[status[normless] == Status.OK]] = np.nan
        self.status, self.norm = status, norm


def _judge(
    l2: FloatArray, largest: FloatArray, places: Indices, status: ByteArray, norm: FloatArray
) -> None:
    """Into `status` and `norm`, at these places."""
    of = np.full(len(places), Status.OK, np.uint8)
    of[largest == 0.0] = Status.ZERO
    of[np.isinf(largest)] = Status.INF
    of[np.isnan(largest) | np.isnan(l2)] = Status.NAN
    # Squares that overflow or vanish: then it is at least as large as its largest element.
    size = np.where((l2 > CLEAR_ABOVE) & (l2 < _INF), l2, np.maximum(l2, largest))
    size = np.where((of == Status.OK) & ~(l2 < _INF), largest, size)
    status[places] = of
    norm[places] = np.select(
        [of == Status.NAN, of == Status.INF, of == Status.ZERO], [np.nan, np.inf, 0.0], size
    )


class ScaledBy(NamedTuple):
    """The scale of a gradient scaler, which is on the device too. `mask`: of which places."""

    reading: Reading
    mask: BoolArray


@dataclass(frozen=True, slots=True)
class Layer:
    """Over the values that are known: those of a reading, at some places.

    `scale`: what the norms are divided by, one for each place; `later`: where that is not known
    yet; `carried`: by now something may have been added, so that what was nothing is something.
    """

    reading: Reading
    where: Indices
    scale: FloatArray
    later: ScaledBy | None = None
    carried: bool = False

    def only(self, stay: BoolArray) -> Layer:
        """Of some of its places."""
        later = self.later and self.later._replace(mask=self.later.mask[stay])
        return replace(self, where=self.where[stay], scale=self.scale[stay], later=later)

    def norms(self) -> FloatArray:
        """At its places; NaN where the scale is not known."""
        norm = self.reading.norm[self.where] / self.scale
        if self.later is not None:
            scale = self.later.reading.more.get("scale", np.nan)
            norm[self.later.mask] /= scale if scale > 0.0 else np.nan
        return norm


@dataclass(frozen=True, slots=True)
class Owed:
    """Status and norm of all gradients as they were at one moment, in parts still on the way."""

    status: ByteArray
    norm: FloatArray
    layers: tuple[Layer, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All that has to be there first."""
        return tuple(
            one
            for layer in self.layers
            for one in (layer.reading, *((layer.later.reading,) if layer.later else ()))
        )

    def given_up(self) -> bool:
        """Did some of it never come?"""
        return any(layer.reading.given_up for layer in self.layers)

    def resolved(self) -> tuple[ByteArray, FloatArray]:
        """Status and norm; where a reading was given up, what is known without it."""
        status, norm = self.status.copy(), self.norm.copy()
        for layer in self.layers:
            reading, where = layer.reading, layer.where
            if reading.given_up or not len(where):
                continue
            its = reading.status[where]
            if layer.carried:
                its = np.where(IS_NOTHING[its], np.uint8(Status.OK), its)
            status[where] = its
            norm[where] = layer.norms()
        return status, norm
