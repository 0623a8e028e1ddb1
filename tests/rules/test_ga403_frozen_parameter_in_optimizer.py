"""GA403: an optimizer holds parameters that are frozen."""

from __future__ import annotations

import numpy as np

from tests.rules.build import Run


def test_beside_others_that_train() -> None:
    """Info: a frozen backbone in the same group."""
    run = Run(3).freeze([0, 1]).turns(5)
    assert run.says("GA403") == [("info", ("a.weight", "b.weight"))]
    assert run.loud() == []
    (finding,) = run.found("GA403")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.count) == ("requires-grad-off", 5)


def test_a_whole_group() -> None:
    """A warning at the end of a run of two steps; while it goes on, after a hundred."""

    def run(turns: int) -> Run:
        loop = Run(3, optimizer=False).optimizer(0, groups=np.array([0, 0, 1], np.int32))
        return loop.freeze([2]).turns(turns)

    assert run(1).says("GA403") == [("info", ("c.weight",))]
    assert run(2).says("GA403") == [("warning", ("c.weight",))]
    assert run(50).told("GA403") == ["info"]
    assert run(100).told("GA403") == ["info", "warning"]


def test_a_whole_optimizer() -> None:
    """It trains nothing."""
    run = Run(3, optimizer=False).optimizer(0, [0]).optimizer(1, [1, 2]).freeze([1, 2])
    for _ in range(3):
        run.backward().step(0).step(1).reset()
    assert run.says("GA403") == [("warning", ("b.weight", "c.weight"))]


def test_thawed_layer_by_layer() -> None:
    """No warning for the groups whose turn has not come when the run ends."""
    groups = np.array([0, 1, 2], np.int32)
    run = Run(3, optimizer=False).optimizer(0, groups=groups).freeze([0, 1]).turns(3)
    run.frozen.discard(1)
    run.turns(3)
    assert run.says("GA403") == [("info", ("a.weight",))]


def test_frozen_for_a_part_of_the_run() -> None:
    """Only what was frozen in every step counts."""
    assert Run(3).turns(3).freeze([0]).turns(3).says("GA403") == []
    assert Run(3).turns(5).says("GA403") == []
