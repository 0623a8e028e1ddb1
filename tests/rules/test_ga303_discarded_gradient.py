"""GA303: gradients were cleared before any step used them, though others like them were used."""

from __future__ import annotations

import pytest

from gradaudit.events import Status
from tests.rules.build import Run


def loop(used: int, thrown: int) -> Run:
    """So many backwards of one line that a step used, and so many that were cleared."""
    run = Run(2).turns(used)
    for _ in range(thrown):
        run.backward().reset(line=7)
    return run


@pytest.mark.parametrize(
    ("used", "thrown", "severity"),
    [(7, 3, "warning"), (8, 3, "info"), (4, 2, "warning"), (1, 1, "info"), (5, 2, "info")],
)
def test_two_and_three_tenths(used: int, thrown: int, severity: str) -> None:
    """Fewer are batches that the loop skips on purpose."""
    run = loop(used, thrown)
    assert run.says("GA303") == [(severity, ("a.weight", "b.weight"))]
    (finding,) = run.found("GA303")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("cleared", 7)
    assert dict(finding.evidence) == {"discarded": thrown, "used": used}


def test_accumulation_cleared_in_every_micro_batch() -> None:
    """Three of four are lost."""
    run = Run(2)
    for _ in range(3):
        for _ in range(4):
            run.zero_grad(line=7).backward()
        run.step()
    assert [severity for severity, _ in run.says("GA303")] == ["warning"]


def test_the_tail_of_an_epoch() -> None:
    """One that is shorter than the window is a fact, two are a habit."""
    run = Run(2)

    def epoch() -> None:
        for _ in range(10):
            for _ in range(4):
                run.backward()
            run.step().reset()
        run.backward().reset(line=7)

    epoch()
    assert [severity for severity, _ in run.says("GA303")] == ["info"]
    epoch()
    assert [severity for severity, _ in run.says("GA303")] == ["warning"]


def test_a_line_whose_gradients_are_never_used() -> None:
    """In a GAN the critic's backward always fills the generator, and that is fine."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    for _ in range(6):
        run.zero_grad(1).backward([0, 1], line=5).step(1)
        run.zero_grad(0).backward([0], line=6).step(0)
    assert run.loud() == []


def test_lost_on_purpose_or_used_by_hand() -> None:
    """NaN; values that changed meanwhile (SAM); gradients that the loop writes itself."""
    run = Run(2).turns(3)
    for _ in range(3):
        run.backward(status=Status.NAN).reset()
    assert run.says("GA303") == []
    run = Run(2)
    changed = run.mask([0, 1])
    for _ in range(4):
        run.backward().reset(values_changed=changed).backward().step().reset()
    assert run.says("GA303") == []
    run = Run(2)
    for _ in range(4):
        run.backward().reset(by="hand").backward().step(handmade=True).reset()
    assert run.says("GA303") == []
