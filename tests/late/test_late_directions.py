"""Gradients that were not averaged are told from a few elements, also where these come later."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from gradaudit.probes.directions import Few, Unsure
from gradaudit.rank_events import GradientsUnsynchronized
from tests.late.slow_lane import late_cpu

EVENT = GradientsUnsynchronized(
    step=0, why="bypassed", missing=np.zeros(0, np.int32), frozen=np.zeros(0, np.int32),
    local=np.arange(1, dtype=np.int32), optimizer=0, world_size=2,
)  # fmt: skip

CHANGES: list[tuple[Callable[[torch.Tensor], object], bool]] = [
    (lambda g: None, True),
    (lambda g: g.mul_(0.1), True),
    (lambda g: g.add_(torch.randn(1000)), False),
    (lambda g: g.zero_(), False),
    (lambda g: g.fill_(float("nan")), False),
]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_a_gradient_that_points_as_before_was_not_averaged(
    change: Callable[[torch.Tensor], object], told: bool, late: bool
) -> None:
    """It may have been scaled; read at once or later, the answer is the same."""
    torch.manual_seed(0)
    gradient = torch.randn(1000)
    with late_cpu(asks=1) as lane:
        before = Few(gradient, late=late)
        change(gradient)
        unsure = Unsure((EVENT,), (before,), (Few(gradient, late=late),))
        assert bool(unsure.awaited) == late
        while unsure.awaited:
            pass
        assert unsure.events() == ((EVENT,) if told else ())
        assert len(lane.sent) == (2 if late else 0)


def test_what_never_comes_is_not_told() -> None:
    """Nobody is accused of what is not known."""
    gradient = torch.randn(1000)
    with late_cpu(asks=1000, ring=1):
        unsure = Unsure((EVENT,), (Few(gradient, late=True),), (Few(gradient, late=True),))
        for one in unsure.awaited:
            one.give_up()
        assert unsure.events() == ()


def test_what_needs_no_direction_is_sure() -> None:
    """A reducer that says itself that it waits."""
    assert Unsure((EVENT,), (), ()).events() == (EVENT,)
