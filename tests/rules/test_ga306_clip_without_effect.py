"""GA306: gradients are clipped where it has no effect, or the wrong one."""

from __future__ import annotations

from tests.rules.build import Run


def said(run: Run) -> list[str]:
    """Messages of the warnings."""
    return [finding.message for finding in run.found("GA306")]


def test_before_the_backward() -> None:
    """Nothing is there to clip: told after 3 calls, or 2 in a whole run."""

    def run(turns: int) -> Run:
        loop = Run(2)
        for _ in range(turns):
            loop.clip(line=7).backward().step().reset()
        return loop

    assert said(run(1)) == []
    assert said(run(2)) == [
        "clip_grad_norm_ at train.py:7 finds no gradient to clip, at any call: it runs before the "
        "backward"
    ]
    assert run(2).told("GA306") == []
    assert run(3).told("GA306") == ["warning"]
    assert run(3).says("GA306") == [("warning", ("a.weight", "b.weight"))]


def test_after_the_step() -> None:
    """The gradients are used already."""
    run = Run(2)
    for _ in range(3):
        run.backward().step().clip().reset()
    assert ["a step has used already" in text for text in said(run)] == [True]


def test_between_backward_and_step() -> None:
    """Where it belongs; also once for an accumulation, and layer by layer."""
    run = Run(2)
    for _ in range(5):
        run.backward().clip().step().reset()
    for _ in range(5):
        run.backward().backward().clip([0]).clip([1]).step().reset()
    assert run.loud() == []


def test_once_per_micro_batch() -> None:
    """Partial sums: at 40 % of the calls, not below."""

    def run(early: int, right: int) -> Run:
        loop = Run(2)
        for _ in range(early):
            loop.backward().clip().backward().step().reset()
        for _ in range(right):
            loop.backward().clip().step().reset()
        return loop

    assert ["partial sums" in text for text in said(run(4, 6))] == [True]
    assert said(run(4, 7)) == []
    assert said(run(1, 0)) == []


def test_still_scaled() -> None:
    """Twice in a whole run, when the scaler is asked to step afterwards."""

    def run(turns: int, scaled: bool) -> Run:
        loop = Run(2)
        for _ in range(turns):
            loop.backward().clip(scaled=scaled).scaler_step(skipped=False).reset()
        return loop

    assert ["gradient scale" in text for text in said(run(2, scaled=True))] == [True]
    assert said(run(1, scaled=True)) == []
    assert said(run(5, scaled=False)) == []


def test_each_line_by_itself() -> None:
    """A right one beside a wrong one."""
    run = Run(2)
    for _ in range(3):
        run.clip(line=7).backward().clip(line=8).step().reset()
    assert ["train.py:7" in text for text in said(run)] == [True]


def test_a_backward_that_fills_nothing() -> None:
    """There is nothing to clip then, wherever the call stands: clipping is not what is wrong."""
    run = Run(2)
    for _ in range(6):
        run.backward([]).clip().step().reset()
    assert said(run) == []
