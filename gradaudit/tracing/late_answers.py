"""Answers on their way from devices: whether each value of a traced step was finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from gradaudit.probes.late_lanes import Flight, joined, lane_of
from gradaudit.tracing.finite import FINITE, verdict


class LateAnswers:
    """See `gradaudit.probes.late.Awaited`."""

    def __init__(self, answers: list[int], flights: list[tuple[Flight, list[int]]]) -> None:
        self._answers, self._flights = answers, flights
        self._given_up = False

    def is_ready(self) -> bool:
        """Never waits."""
        return self._given_up or all(flight.ready() for flight, _ in self._flights)

    def wait(self) -> None:
        """Until all are there."""
        for flight, _ in self._flights:
            if not self._given_up and not flight.given_up:
                flight.wait()

    def give_up(self) -> None:
        """They will not come."""
        self._given_up, self._flights = True, []

    def read(self) -> list[int] | None:
        """FINITE, INF or NAN by place, once ready; None: given up."""
        if self._given_up or any(flight.given_up for flight, _ in self._flights):
            return None
        flights, self._flights = self._flights, []
        for flight, places in flights:
            for place, largest in zip(places, flight.numbers().tolist(), strict=True):
                self._answers[place] = verdict(largest)
        return self._answers


def send(waiting: Sequence[torch.Tensor | int]) -> LateAnswers:
    """What `Flags.take` has given; without autograd and torch functions.

    What is on a device without a lane is read at once.
    """
    answers = [one if isinstance(one, int) else FINITE for one in waiting]
    kinds: dict[torch.device, dict[Any, list[int]]] = {}
    for i, one in enumerate(waiting):
        if isinstance(one, torch.Tensor):
            kinds.setdefault(one.device, {}).setdefault(one.dtype, []).append(i)
    flights: list[tuple[Flight, list[int]]] = []
    for device, by_dtype in kinds.items():
        places = [i for members in by_dtype.values() for i in members]
        parts = [torch.stack([waiting[i] for i in members])  # type: ignore[misc]
                 for members in by_dtype.values()]  # fmt: skip
        vector, lane = joined(parts), lane_of(device)
        if lane is None:
            for place, largest in zip(places, vector.tolist(), strict=True):
                answers[place] = verdict(largest)
        elif not lane.capturing():
            flights.append((lane.send(vector), places))
    return LateAnswers(answers, flights)
