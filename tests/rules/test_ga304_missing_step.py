"""GA304: an optimizer holds parameters that get gradients, and nothing ever steps."""

from __future__ import annotations

from tests.rules.build import Run


def backwards(run: Run, n: int) -> Run:
    """Without any step."""
    for _ in range(n):
        run.backward().reset()
    return run


def test_three_backwards_in_the_whole_of_a_run() -> None:
    """Two are too few to judge."""
    assert backwards(Run(2), 2).says("GA304") == []
    run = backwards(Run(2), 3)
    assert run.says("GA304") == [("warning", ("a.weight", "b.weight"))]
    assert run.found("GA304")[0].count == 3


def test_twenty_while_the_run_goes_on() -> None:
    """It is looked for when another optimizer steps."""

    def told(n: int) -> list[str]:
        run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
        backwards(run, n - 5)
        for _ in range(5):
            run.backward().step(0).reset()
        return run.told("GA304")

    assert (told(19), told(20)) == ([], ["warning"])


def test_somebody_else_changes_them() -> None:
    """Another optimizer that steps, or the loop itself."""
    run = Run(2).optimizer(1, [0, 1])
    for _ in range(5):
        run.backward().step(1).reset()
    assert run.says("GA304") == []
    run = Run(2).optimizer(1, [0, 1], manual=True)
    for _ in range(5):
        run.backward().step(1, manual=True).reset()
    assert run.says("GA304") == []


def test_a_scaler_that_skips_is_somebody_who_asked() -> None:
    """GA501 has more to say."""
    run = Run(2)
    for _ in range(5):
        run.backward().scaler_step(skipped=True).reset()
    assert run.says("GA304") == []


def test_parameters_that_get_nothing_are_not_named() -> None:
    """Only what a step would have changed."""
    run = Run(2)
    for _ in range(3):
        run.backward([0]).reset()
    assert run.says("GA304") == [("warning", ("a.weight",))]
