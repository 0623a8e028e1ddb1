"""Rounds of a loop that went like the round before, told together.

[Note: Rounds that repeat] A healthy loop says the same at every step, but for the loss and the
norms. Building its events and asking every rule costs more than a small model's step. So the probe
watches two rounds that are alike, and from then on only compares; what it saw is told later, in
one `RepeatedRounds`. It is no event of its own: `expand` gives the very events that would have been
told one by one, and whoever takes the rounds together must end up as if it had been given those
(tests/test_rounds.py compares both).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradaudit.arrays import IS_UNJUDGED
from gradaudit.event_base import FloatArray
from gradaudit.events import (
    BackwardEnded,
    Clipped,
    Event,
    GradientsReset,
    StepTaken,
    ZeroGradCalled,
)

REPEATED: frozenset[type[Event]] = frozenset(
    (ZeroGradCalled, GradientsReset, BackwardEnded, Clipped, StepTaken)
)
"""The kinds of event that such rounds are made of."""


@dataclass(frozen=True, eq=False)
class RepeatedRounds:
    """`count` rounds like `round`, the last one that was told event by event.

    `round`: its events in their order, the last one a `StepTaken`, b of them `BackwardEnded`;
    `losses`: float64 [count, b]; `norms`: for each round and each of its backwards the norms of
    all n parameters, float64 [n], as in `BackwardEnded.norm`. A step uses the last one of its
    round. All other fields of the events are those of `round`, with the numbers counted on.
    """

    round: tuple[Event, ...]
    losses: tuple[tuple[float, ...], ...]
    norms: tuple[tuple[FloatArray, ...], ...]

    @property
    def count(self) -> int:
        """How many rounds."""
        return len(self.losses)

    @cached_property
    def backwards(self) -> tuple[BackwardEnded, ...]:
        """Those of the pattern."""
        return tuple(one for one in self.round if isinstance(one, BackwardEnded))

    @property
    def step(self) -> StepTaken:
        """That of the pattern."""
        last = self.round[-1]
        assert isinstance(last, StepTaken)
        return last

    def expand(self) -> Iterator[Event]:
        """The events one by one."""
        for k in range(self.count - 1):
            yield from self.expand_round(k)
        yield from self.last

    def expand_round(self, k: int) -> Iterator[Event]:
        """Those of one round, from 0."""
        return rebuilt(self.round, k + 1, len(self.backwards), self.losses[k], self.norms[k])

    @cached_property
    def last(self) -> tuple[Event, ...]:
        """The events of the last round."""
        return tuple(self.expand_round(self.count - 1))

    def part(self, start: int, end: int) -> RepeatedRounds:
        """Some of the rounds, which go on from the rounds before `start`."""
        pattern = self.round if start == 0 else tuple(self.expand_round(start - 1))
        return RepeatedRounds(pattern, self.losses[start:end], self.norms[start:end])

    @cached_property
    def totals(self) -> list[float]:
        """Of each round the L2 norm of all gradients that its step uses."""
        used = self.step.held[~IS_UNJUDGED[self.step.status]]
        norms = np.stack([of_round[-1] for of_round in self.norms])[:, used]
        norms[~np.isfinite(norms)] = 0.0
        return np.sqrt(np.square(norms).sum(axis=1)).tolist()

    @property
    def last_step(self) -> int:
        """`step` of the last event."""
        return self.step.step + self.count


def rebuilt(
    pattern: tuple[Event, ...],
    later: int,
    backwards: int,
    losses: tuple[float, ...],
    norms: tuple[FloatArray, ...],
) -> Iterator[Event]:
    """The events of a round that comes `later` rounds after the one that `pattern` begins.

    `backwards`: how many a whole round has; `losses`, `norms`: of those in `pattern`.
    """
    j, left = 0, None
    for one in pattern:
        if isinstance(one, BackwardEnded):
            left = one.norm
            yield replace(
                one,
                step=one.step + later,
                number=one.number + later * backwards,
                loss=losses[j],
                norm=norms[j],
            )
            j += 1
        elif isinstance(one, StepTaken):
            # Where it uses all that the backward has left, both hold the same array.
            used = norms[-1] if one.norm is left else norms[-1][one.held]
            yield replace(one, step=one.step + later, number=one.number + later, norm=used)
        else:
            yield replace(one, step=one.step + later)


__all__ = ["REPEATED", "RepeatedRounds", "rebuilt"]
