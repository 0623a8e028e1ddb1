"""GA705: a variable holds a graph that grows with every step."""

from __future__ import annotations

from gradaudit.events import Cause, GraphGrew
from tests.rules.build import Run, at

CAUSE = Cause.at("kept-graph", at(12))


def grew(*looks: tuple[int, int], tensor: str = "total") -> GraphGrew:
    """`looks`: (step, nodes held)."""
    steps, sizes = zip(*looks, strict=True)
    return GraphGrew(tensor=tensor, sizes=sizes, steps=steps, cause=CAUSE)


EARLY = grew((2, 10), (3, 20), (4, 30), (5, 40))
LATER = grew((2, 10), (3, 20), (4, 30), (5, 40), (8, 70), (16, 150))


def test_a_short_run_is_judged_at_its_end() -> None:
    """Not before: it could still be emptied."""
    run = Run(1).feed(EARLY)
    assert run.told("GA705") == []
    assert run.says("GA705") == [("warning", ())]


def test_a_long_one_while_it_goes_on() -> None:
    """From step 16 on, with the line and the extent of it."""
    run = Run(1)
    for step in range(1, 21):
        run.backward().step().reset()
        if step == 16:
            run.feed(LATER)
    assert run.told("GA705") == ["warning"]
    (finding,) = run.found("GA705")
    assert finding.cause == CAUSE
    assert "`total`, built at train.py:12," in finding.message
    assert "10 autograd nodes grew to 150 in 14 steps" in finding.message


def test_a_list_that_is_emptied_soon() -> None:
    """The suspicion is taken back."""
    run = Run(1).feed(EARLY, grew((2, 10), (3, 20), (4, 30), (5, 40), (6, 10)))
    assert run.says("GA705") == []


def test_a_list_that_is_emptied_late() -> None:
    """Once an epoch is too seldom."""
    run = Run(1).feed(LATER, grew(*zip(LATER.steps, LATER.sizes, strict=True), (32, 20)))
    (finding,) = run.found("GA705")
    assert "grew to 150" in finding.message


def test_two_variables() -> None:
    """Each is a finding."""
    run = Run(1).feed(EARLY, grew((2, 10), (3, 20), (4, 30), (5, 40), tensor="losses"))
    assert len(run.found("GA705")) == 2
