"""GA401: a parameter gets gradients, and no optimizer holds it."""

from __future__ import annotations

from gradaudit.events import Status
from tests.rules.build import Run


def half_held(**info: object) -> Run:
    """Two parameters, of which an optimizer holds the first."""
    return Run(2, optimizer=False, **info).optimizer(0, [0])


def test_told_after_five_backwards_and_steps() -> None:
    """Two of each in the whole of a run."""
    assert half_held().turn().says("GA401") == []
    assert half_held().turns(2).says("GA401") == [("warning", ("b.weight",))]
    assert half_held().turns(4).told("GA401") == []
    run = half_held().turns(5)
    assert run.told("GA401") == ["warning"]
    assert run.found("GA401")[0].count == 5


def test_held_frozen_or_without_a_gradient() -> None:
    """Nothing is lost."""
    assert Run(2).turns(5).says("GA401") == []
    assert half_held().freeze([1]).turns(5).says("GA401") == []
    assert half_held().turns(5, arrived=[0]).says("GA401") == []
    assert half_held().turns(5, status={1: Status.ZERO}).says("GA401") == []


def test_nobody_steps() -> None:
    """Gradients for their own sake."""
    run = half_held()
    for _ in range(5):
        run.backward().reset()
    assert run.says("GA401") == []


def test_moved_by_hand_or_an_average() -> None:
    """Somebody does change it; or nobody should."""
    run = half_held().optimizer(1, [1], manual=True)
    for _ in range(5):
        run.backward().step(1, manual=True).step(0).reset()
    assert run.says("GA401") == []
    assert half_held(averaged_copy=True).turns(5).says("GA401") == []


def test_one_finding_for_each_model() -> None:
    """With the model's name where there are several."""
    run = half_held().add(["a.weight"], model="Critic").turns(5)
    assert run.says("GA401") == [
        ("warning", ("Net.b.weight",)),
        ("warning", ("Critic.a.weight",)),
    ]
