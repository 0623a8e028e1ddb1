"""GA203: a gradient is exactly zero, step after step."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradaudit.events import ModulesRan, Status
from tests.rules.build import Run

NAMES = ["a.weight", "a.bias", "b.weight", "b.bias"]
ALL_OF_B = {2: Status.ZERO, 3: Status.ZERO}
HALF_OF_B = {2: Status.ZERO}


def test_a_whole_module_for_ten_steps() -> None:
    """A warning at ten, info at nine."""
    run = Run(NAMES).turn().turns(9, status=ALL_OF_B)
    assert run.says("GA203") == []
    run.turn(status=ALL_OF_B)
    assert run.says("GA203") == [("warning", ("b.weight", "b.bias"))]
    (finding,) = run.found("GA203")
    assert (finding.first_step, finding.last_step, finding.count) == (1, 10, 10)
    assert run.turn().says("GA203") == [("info", ("b.weight", "b.bias"))]  # it learns again


def test_a_single_parameter_is_info() -> None:
    """Its module learns by the others."""
    assert Run(NAMES).turns(10, status=HALF_OF_B).says("GA203") == [("info", ("b.weight",))]


def test_a_short_run_is_judged_as_a_whole() -> None:
    """Info where it was zero in every step, two at least."""
    assert Run(NAMES).turn(status=ALL_OF_B).says("GA203") == []
    run = Run(NAMES).turns(2, status=ALL_OF_B)
    assert run.says("GA203") == [("info", ("b.weight", "b.bias"))]
    assert run.turn().says("GA203") == []


def test_one_step_with_a_gradient_ends_the_row() -> None:
    """Nine, one, nine."""
    run = Run(NAMES).turns(9, status=ALL_OF_B).turn().turns(9, status=ALL_OF_B)
    assert run.says("GA203") == []


def test_a_task_that_is_solved() -> None:
    """Everything is zero: at a loss of 0, or after it was not, nothing is left to learn."""
    severities = [
        [severity for severity, _ in run.says("GA203")]
        for run in (
            Run(NAMES).turns(10, status=Status.ZERO, loss=1.0, loss_known=True),
            Run(NAMES).turns(10, status=Status.ZERO, loss=0.0, loss_known=True),
            Run(NAMES).turn().turns(10, status=Status.ZERO, loss=1.0, loss_known=True),
        )
    ]
    assert severities == [["warning"], ["info"], ["info"]]


def test_none_is_not_zero() -> None:
    """A gradient that never arrived is GA101's."""
    assert Run(NAMES).turns(12, arrived=[0, 1]).says("GA203") == []


def test_a_module_that_did_not_run_is_info() -> None:
    """Zeros that somebody else put there."""
    ran = np.array([True, True, False, False])
    no, yes = np.zeros(4, np.bool_), np.ones(4, np.bool_)
    event = ModulesRan(ran=ran, ran_without_grad=no, known=yes, functional=no, top=("",) * 4)
    run = Run(NAMES).feed(event).turns(10, status=ALL_OF_B)
    assert run.says("GA203") == [("info", ("b.weight", "b.bias"))]


def test_the_fix_fits_the_kind_of_parameter() -> None:
    """Queries and keys, embeddings, biases; dead units where nothing is known."""

    def fix(name: str) -> str:
        run = Run([name, "b.weight"]).turns(2, status={0: Status.ZERO})
        return run.found("GA203")[0].fix

    assert fix("layer.query.weight").startswith("attention over a single token")
    assert fix("layer.self_attn.k_proj.bias").startswith("attention over a single token")
    assert "does not feel" in fix("classifier.bias")
    assert fix("a.weight").startswith("look for dead units")
    assert "feel" not in fix("a.weight")


def test_steps_are_those_of_the_run_where_another_optimizer_steps_in_between() -> None:
    """A generator's steps are every other one; a later, shorter row of zeros changes nothing."""
    run = Run(["g.weight", "g.bias", "d.weight"], optimizer=False)
    run.optimizer(0, [0, 1]).optimizer(1, [2])

    def rounds(many: int, **generator: Any) -> None:
        for _ in range(many):
            run.backward(arrived=[0, 1], **generator).step(0).reset()
            run.backward(arrived=[2]).step(1).reset()

    rounds(12, status={0: Status.ZERO})
    rounds(1)
    rounds(3, status={0: Status.ZERO})
    (finding,) = run.found("GA203")
    assert (finding.first_step, finding.last_step, finding.count) == (0, 22, 12)
