"""GA402: an optimizer holds a parameter that the models have no longer."""

from __future__ import annotations

from typing import Any

from tests.rules.build import Run


def test_a_layer_was_replaced() -> None:
    """A warning while something else in the optimizer lives, an error where nothing does."""
    run = Run(2, optimizer=False).optimizer(0, [0], dead=("b.weight",), twins=(1,)).turn()
    assert run.says("GA402") == [("warning", ("b.weight",))]
    (finding,) = run.found("GA402")
    assert finding.cause is not None
    assert finding.cause.kind == "replaced-parameter"
    run = Run(2, optimizer=False)
    run.optimizer(0, [], dead=("a.weight", "b.weight"), twins=(0, 1)).turn()
    assert run.says("GA402") == [("error", ("a.weight", "b.weight"))]


def test_an_optimizer_that_never_steps() -> None:
    """GA304's."""
    run = Run(2, optimizer=False).optimizer(0, [0], dead=("b.weight",), twins=(1,))
    for _ in range(5):
        run.backward().reset()
    assert run.says("GA402") == []


def copied(turns: int, arrived: list[int]) -> Run:
    """The optimizer holds model Net; the backwards are those of its copy."""
    run = Run(2).add(["a.weight", "b.weight"], model="Copy")
    for _ in range(turns):
        run.backward(arrived).step().reset()
    return run


def test_a_copy_is_trained() -> None:
    """An error after two steps, where every parameter has its twin."""
    assert copied(1, [2, 3]).says("GA402") == []
    assert copied(2, [2, 3]).says("GA402") == [("error", ("Net.a.weight", "Net.b.weight"))]
    assert copied(5, [2]).says("GA402") == []
    assert copied(5, [0, 2, 3]).says("GA402") == []


def test_a_gradient_that_was_put_there_by_hand() -> None:
    """Reptile, or a distributed server: the copy is where gradients come from."""
    run = Run(1).add(["a.weight"], model="Copy")
    for _ in range(5):
        run.backward([1])
        run.status[0], run.norm[0] = run.status[1], run.norm[1]
        run.step(handmade=True).reset()
    assert run.says("GA402") == []


def test_orphans() -> None:
    """No live module has them, and others learn in no optimizer."""

    def run(turns: int, held: list[int]) -> Run:
        loop = Run(2, optimizer=False).add(["Parameter(4x4)"], model="", kind="orphan")
        return loop.optimizer(0, held).turns(turns, arrived=[0, 1])

    assert run(1, [2]).says("GA402") == []
    assert [severity for severity, _ in run(2, [2]).says("GA402")] == ["error"]
    assert [severity for severity, _ in run(2, [0, 2]).says("GA402")] == ["warning"]
    assert run(5, [0, 1, 2]).says("GA402") == []


def test_one_cause_is_one_finding() -> None:
    """What took the place of the held ones is in no optimizer; that is no finding of its own."""

    def replaced(**settings: Any) -> Run:
        run = Run(2, optimizer=False, **settings)
        run.optimizer(0, [], dead=("a.weight", "b.weight"), twins=(0, 1))
        return run.turns(6)

    assert {f.code for f in replaced().end().report().findings} == {"GA402"}
    assert {f.code for f in copied(6, [2, 3]).end().report().findings} == {"GA402"}
    alone = replaced(ignore=["GA402"]).end().report().findings
    assert {f.code for f in alone} == {"GA401"}
