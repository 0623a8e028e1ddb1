"""GA902: the gradients belong to an engine that hides them."""

from __future__ import annotations

from gradaudit.events import AuditImpossible, Status
from tests.rules.build import Run, indices


def owned(run: Run, which: list[int]) -> Run:
    """These parameters are somebody else's."""
    return run.feed(AuditImpossible(engine="DeepSpeed ZeRO", indices=indices(which)))


def test_it_is_said_once() -> None:
    """Info, with the parameters and the engine."""
    run = owned(owned(Run(3), [0, 1]), [2])
    assert run.says("GA902") == [("info", ("a.weight", "b.weight", "c.weight"))]
    assert "DeepSpeed ZeRO" in run.found("GA902")[0].message
    assert run.told("GA902") == ["info"]


def test_a_second_thread_that_trains() -> None:
    """No parameter is to blame."""
    run = owned(Run(3), [])
    assert run.says("GA902") == [("info", ())]
    assert run.found("GA902")[0].fix == "audit one thread at a time"


def test_nothing_else_is_said_of_them() -> None:
    """What is skipped misses no gradient, and a step on it is no empty step."""
    run = owned(Run(3), [0, 1, 2])
    for _ in range(25):
        run.status = [Status.SKIPPED] * 3
        run.backward([]).step()
    assert [finding.code for finding in run.report().findings] == ["GA902"]


def test_a_healthy_run() -> None:
    """Nobody hides anything."""
    assert Run(3).turns(5).says("GA902") == []
