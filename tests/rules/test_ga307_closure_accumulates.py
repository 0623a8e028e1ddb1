"""GA307: one step(closure) adds several evaluations into one gradient."""

from __future__ import annotations

from tests.rules.build import Run


def step(run: Run, evaluations: int, *, clears: bool, backwards: int = 1) -> Run:
    """One step whose closure is called so many times, with the weights moved in between."""
    for evaluation in range(1, evaluations + 1):
        if clears:
            run.reset(values_changed=run.mask([0, 1]))
        for _ in range(backwards):
            run.backward(in_step=0, evaluation=evaluation)
    return run.step(evaluations=evaluations)


def test_the_second_evaluation_adds_to_the_first() -> None:
    """An error at once."""
    run = step(Run(2), 2, clears=False)
    assert run.says("GA307") == [("error", ("a.weight", "b.weight"))]
    assert run.loud() == [("GA307", run.found("GA307")[0].message)]


def test_a_closure_that_clears() -> None:
    """However often it is called."""
    run = Run(2)
    for _ in range(3):
        step(run, 4, clears=True)
    assert run.loud() == []


def test_one_evaluation_in_a_step() -> None:
    """Nothing to add to; what a loop clears between steps is its own business."""
    run = Run(2)
    for _ in range(4):
        step(run, 1, clears=False).reset()
    assert run.loud() == []


def test_several_backwards_in_one_evaluation() -> None:
    """A sum that is meant."""
    run = Run(2)
    for _ in range(3):
        step(run, 3, clears=True, backwards=2)
    assert run.loud() == []


def test_what_the_optimizer_does_not_hold() -> None:
    """A closure may fill a network that somebody else clears."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    for _ in range(3):
        for evaluation in (1, 2, 3):
            run.reset([0]).backward(in_step=0, evaluation=evaluation)
        run.step(0, evaluations=3)
    assert run.says("GA307") == []
