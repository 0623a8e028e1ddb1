"""GA305: a step used a gradient that mixes its own loss with one left by another's backward."""

from __future__ import annotations

from tests.rules.build import Run

G, D = 0, 1
"""Optimizer and parameter 0 are the generator's, 1 the critic's."""


def gan() -> Run:
    """A generator and a critic with an optimizer each."""
    return Run(2, optimizer=False).optimizer(G, [0]).optimizer(D, [1])


def leaky_turn(run: Run) -> Run:
    """The critic is stepped with what the generator's loss (line 5) has left in it."""
    run.backward([0, 1], line=5).step(G).zero_grad(G)
    return run.backward([1], line=6).step(D).zero_grad(D)


def test_twice_is_a_leak() -> None:
    """A warning from the second such step on, with the line of the stranger."""
    assert leaky_turn(gan()).says("GA305") == []
    run = leaky_turn(leaky_turn(gan()))
    assert run.says("GA305") == [("warning", ("b.weight",))]
    (finding,) = run.found("GA305")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("other-backward", 5)
    assert (finding.optimizer, finding.first_step) == ("optimizer1", 3)


def test_cleared_in_time() -> None:
    """The critic's gradients are cleared right before its own backward."""
    run = gan()
    for _ in range(4):
        run.zero_grad(G).backward([0, 1], line=5).step(G)
        run.zero_grad(D).backward([1], line=6).step(D)
    assert run.loud() == []


def test_two_losses_for_one_step() -> None:
    """Both backwards belong to both optimizers, which step after them."""
    run = gan()
    for _ in range(4):
        run.backward([0, 1], line=5).backward([0, 1], line=6).step(G).step(D).reset()
    assert run.loud() == []


def test_zeroed_for_one_loss_and_filled_by_the_next() -> None:
    """Zero A, backward, zero B, backward, step A, step B: the second's gradient is in A as well."""
    run = gan()
    for _ in range(3):
        run.zero_grad(D).backward([1], line=6).zero_grad(G).backward([0, 1], line=5)
        run.step(D).step(G)
    assert run.says("GA305") == [("warning", ("b.weight",))]


def test_left_over_from_its_own_step_is_not_this() -> None:
    """GA301's, however many optimizers there are."""
    run = gan()
    for _ in range(4):
        run.backward([0], line=5).step(G).zero_grad(G).backward([1], line=6).step(D)
    assert {code for code, _ in run.loud()} == {"GA301"}
