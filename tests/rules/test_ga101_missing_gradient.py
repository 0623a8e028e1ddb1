"""GA101: a parameter never got a gradient while a sibling did."""

from __future__ import annotations

import numpy as np

from gradaudit.events import ModulesRan, Status
from tests.rules.build import Run


def modules_ran(run: Run, ran: list[int], top: dict[int, str], **fields: object) -> Run:
    """Whose forwards have run; `top`: the outermost module that never ran."""
    n = len(run.names)
    mask = np.zeros(n, np.bool_)
    mask[ran] = True
    return run.feed(
        ModulesRan(
            ran=mask,
            ran_without_grad=np.zeros(n, np.bool_),
            known=np.ones(n, np.bool_),
            functional=np.zeros(n, np.bool_),
            top=tuple(top.get(i, "") for i in range(n)),
        )
    )


def test_all_arrive() -> None:
    """Nothing to say where every parameter gets a gradient."""
    run = Run(3).turns(25)
    assert run.report().findings == ()


def test_one_never_arrives_in_a_short_run() -> None:
    """Two steps are the shortest run that is judged as a whole."""
    assert Run(3).turns(1, arrived=[0, 2]).says("GA101") == [("info", ("b.weight",))]
    run = Run(3).turns(2, arrived=[0, 2])
    assert run.says("GA101") == [("warning", ("b.weight",))]
    (finding,) = run.found("GA101")
    assert (finding.first_step, finding.last_step, finding.count) == (0, 1, 2)


def test_it_is_info_until_the_twentieth_step() -> None:
    """While a run goes on, fewer steps are a suspicion that may be taken back."""
    assert Run(3).turns(19, arrived=[0, 2]).told("GA101") == ["info"]
    assert Run(3).turns(20, arrived=[0, 2]).told("GA101") == ["info", "warning"]
    assert Run(3).turns(10, arrived=[0, 2]).turns(1).says("GA101") == []


def test_a_layer_that_came_late_has_not_missed_the_whole_run() -> None:
    """It was in the optimizer for fewer steps than its siblings were judged."""
    run = Run(2).turns(5)
    run.add(["late.weight"]).optimizer().turns(3, arrived=[0, 1])
    assert run.says("GA101") == [("info", ("late.weight",))]


def test_nothing_at_all_arrives_at_an_optimizer() -> None:
    """An error after 3 steps of it, or 2 in a whole run, when others do get gradients."""
    run = Run(3, optimizer=False).optimizer(0, [0]).optimizer(1, [1, 2])
    run.backward([0]).step(0).step(1).reset()
    assert run.says("GA101") == []
    run.backward([0]).step(0).step(1).reset()
    assert run.says("GA101") == [("error", ("b.weight", "c.weight"))]
    assert run.told("GA101") == []
    for _ in range(3):
        run.backward([0]).step(0).step(1).reset()
    assert run.told("GA101") == ["error"]


def test_a_loss_without_a_graph_is_another_matter() -> None:
    """GA104 tells of it, and of the optimizer that got nothing as well."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    for _ in range(5):
        run.backward([0], line=5).step(0).reset()
        run.backward([], line=6, root_is_leaf=True).step(1)
    assert [code for code, _ in run.loud()] == ["GA104"]


def test_another_optimizer_that_holds_it_steps_with_its_gradient() -> None:
    """Two optimizers that share a layer and take turns: it learns."""
    run = Run(3, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [1, 2])
    for _ in range(3):
        run.backward([0]).step(0).reset().backward([1, 2]).step(1).reset()
    assert run.says("GA101") == []


def test_the_cause_is_given_where_it_is_known() -> None:
    """A module that never ran; a loss whose optimizer is another; a clearing call."""
    run = modules_ran(Run(3), [0, 2], {1: "b"}).turns(3, arrived=[0, 2])
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.module) == ("unused-module", "b")

    run = Run(3)
    for _ in range(3):
        run.backward([1], line=5).reset([1]).backward([0, 2], line=6).step().reset()
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("other-backward", 5)

    run = Run(3)
    for _ in range(3):
        run.backward().reset([1], line=7).step().reset()
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("cleared", 7)


def test_frozen_and_zero_are_not_missing() -> None:
    """A frozen parameter is not expected to get a gradient, and zeros have arrived."""
    assert Run(3).freeze([1]).turns(5).says("GA101") == []
    assert Run(3).turns(5, status={1: Status.ZERO}).says("GA101") == []
