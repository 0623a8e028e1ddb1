"""GA301: a step used a gradient that still held what an earlier step had used."""

from __future__ import annotations

from tests.rules.build import Run


def test_never_zeroed() -> None:
    """An error from the second step on, counted at each."""
    run = Run(2).backward().step()
    assert run.says("GA301") == []
    run.backward().step()
    assert run.says("GA301") == [("error", ("a.weight", "b.weight"))]
    run.backward().step()
    (finding,) = run.found("GA301")
    assert (finding.first_step, finding.last_step, finding.count) == (1, 2, 2)
    assert run.told("GA301") == ["error"]


def test_zeroed_anywhere_between_step_and_backward() -> None:
    """After the step, before the backward, by whatever hand."""
    assert Run(2).turns(5).loud() == []
    run = Run(2)
    for _ in range(5):
        run.reset(by="hand", site=None).backward().step()
    assert run.loud() == []


def test_accumulation_is_no_such_thing() -> None:
    """Several backwards, one step, one reset."""
    run = Run(2)
    for _ in range(3):
        run.backward().backward().backward().step().reset()
    assert run.loud() == []


def test_only_some_are_reached_by_the_reset() -> None:
    """They alone are named."""
    run = Run(3)
    for _ in range(3):
        run.backward().step().reset([0, 2])
    assert run.says("GA301") == [("error", ("b.weight",))]


def test_filled_by_another_and_cleared_before_its_own() -> None:
    """A discriminator: its generator's backward fills it after its step."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    for _ in range(5):
        run.backward([0, 1], line=5).step(0).zero_grad(0)
        run.zero_grad(1).backward([1], line=6).step(1)
    assert run.loud() == []


def test_a_loop_that_steps_by_hand() -> None:
    """The same without an optimizer; not where it moves otherwise than by the gradient."""
    run = Run(1, optimizer=False).optimizer(0, [0], manual=True)
    for _ in range(3):
        run.backward().step(manual=True)
    assert run.says("GA301") == [("error", ("a.weight",))]
    run = Run(1, optimizer=False).optimizer(0, [0], manual=True)
    for _ in range(3):
        run.backward().step(manual=True, follows_gradient=False)
    assert run.says("GA301") == []
