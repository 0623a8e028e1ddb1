"""GA105: a leaf gets gradients and belongs to no module and no optimizer."""

from __future__ import annotations

import numpy as np

from gradaudit.events import ParametersReplaced, Status
from gradaudit.findings import Cause
from tests.rules.build import Run, at


def with_a_stray() -> Run:
    """A registered parameter that an optimizer holds, and a leaf from a Python list."""
    return Run(1).add(["layers.0.weight"], kind="stray")


def test_a_stray_leaf() -> None:
    """Told after 2 backwards, at the third step; at the end one is enough."""
    run = with_a_stray().turn()
    assert run.says("GA105") == [("warning", ("layers.0.weight",))]
    assert run.told("GA105") == []
    assert with_a_stray().turn().turns(2, arrived=[0]).told("GA105") == []
    run = with_a_stray().turns(3)
    assert run.told("GA105") == ["warning"]
    assert run.found("GA105")[0].cause.kind == "unregistered-leaf"


def test_nobody_trains() -> None:
    """Without a step of any optimizer nothing is missing from one."""
    run = with_a_stray()
    for _ in range(5):
        run.backward().reset()
    assert run.says("GA105") == []


def test_a_stray_that_is_trained_after_all() -> None:
    """An optimizer holds it, or the loop moves it by hand."""
    assert with_a_stray().optimizer().turns(5).says("GA105") == []
    run = with_a_stray().optimizer(1, [1], manual=True)
    for _ in range(5):
        run.backward().step(1, manual=True).step(0).reset()
    assert run.loud() == []


def test_a_stray_whose_gradient_is_zero() -> None:
    """It has learned nothing that could be lost."""
    assert with_a_stray().turns(5, status={1: Status.ZERO}).says("GA105") == []


def test_a_weight_that_is_wrapped_anew() -> None:
    """The tensor behind a registered name was replaced twice; once is a new layer."""
    for times, expected in ((1, []), (2, [("warning", ("b.weight",))])):
        run = Run(2, optimizer=False).optimizer(0, [0])
        for i in range(3):
            run.turn()
            if i < times:
                run.feed(ParametersReplaced(indices=np.array([1], np.int32)))
        assert run.says("GA105") == expected


def test_the_line_that_made_it() -> None:
    """From a traced step; one finding for each line."""
    made = [Cause.at("unregistered-leaf", at(line)) for line in (5, 6)]
    run = Run(1).add(["layers.0.weight", "layers.0.bias", "gates.0.weight"], kind="stray")
    run.trace(why={1: made[0], 2: made[0], 3: made[1]}).turn().turns(2)
    assert {f.parameters: f.cause for f in run.found("GA105")} == {
        ("layers.0.weight", "layers.0.bias"): made[0],
        ("gates.0.weight",): made[1],
    }
    assert run.told("GA105") == ["warning", "warning"]


def test_a_stray_that_the_trace_did_not_see() -> None:
    """It came later, or the trace knows no line: the kind is known all the same."""
    run = Run(1).trace().turn()
    run.add(["layers.0.weight"], kind="stray").turns(3)
    (finding,) = run.found("GA105")
    assert finding.cause == Cause("unregistered-leaf")


def test_other_causes_are_not_its_own() -> None:
    """In an earlier traced backward the leaf was detached; it learns from another one."""
    cut = Cause.at("detach", at(7))
    run = with_a_stray().trace([0], {1: cut}).turn(arrived=[0]).turns(3)
    assert run.found("GA105")[0].cause == Cause("unregistered-leaf")


def test_the_line_of_a_weight_that_is_wrapped_anew() -> None:
    """The same for a registered name whose tensor is another in each step."""
    made = Cause.at("unregistered-leaf", at(9))
    run = Run(2, optimizer=False).optimizer(0, [0]).trace(why={1: made})
    for _ in range(3):
        run.turn().feed(ParametersReplaced(indices=np.array([1], np.int32)))
    assert run.says("GA105") == [("warning", ("b.weight",))]
    assert run.found("GA105")[0].cause == made
