"""GA205: gradients jump by orders of magnitude, or dwarf the parameters from the start."""

from __future__ import annotations

from gradaudit.events import Status
from tests.rules.build import Run


def test_a_jump_of_a_thousand() -> None:
    """More than that, against the median of five steps at least."""
    assert Run(1).turns(5).turn(norm=1000.0).says("GA205") == []
    run = Run(1).turns(5).turn(norm=1001.0).turns(3)
    assert run.says("GA205") == [("warning", ("a.weight",))]
    (finding,) = run.found("GA205")
    assert (finding.first_step, finding.count) == (5, 1)
    assert dict(finding.evidence) == {"norm": 1001.0, "median": 1.0}
    assert Run(1).turns(4).turn(norm=1001.0).says("GA205") == []


def test_a_jump_that_stays_small_against_the_parameters() -> None:
    """The end of a warm-up: a tenth of their norm is the line."""
    assert Run(1).turns(5, norm=1e-5).turn(norm=0.09).says("GA205") == []
    assert len(Run(1).turns(5, norm=1e-5).turn(norm=0.11).says("GA205")) == 1


def test_a_jump_back_to_where_it_was() -> None:
    """A new task: it must be ten times the largest of all steps before."""

    def jumps(largest: float) -> int:
        run = Run(1).turn(norm=largest).turns(6, norm=0.1)
        return len(run.turn(norm=200.0).says("GA205"))

    assert (jumps(20.0), jumps(19.9)) == (0, 1)


def test_a_step_on_clipped_gradients() -> None:
    """What it uses is something else."""
    run = Run(1).turns(5).backward(norm=1001.0).clip().step()
    assert run.says("GA205") == []


def test_dwarfing_the_parameters_from_the_start() -> None:
    """More than 10 000 times their norm in each of the first 3 steps, 2 in a shorter run."""
    assert Run(1).turns(5, norm=10_000.0).says("GA205") == []
    assert Run(1).turns(5, norm=10_001.0).says("GA205") == [("warning", ("a.weight",))]
    assert Run(1).turn(norm=10_001.0).says("GA205") == []
    run = Run(1).turns(2, norm=10_001.0)
    assert len(run.says("GA205")) == 1
    assert run.told("GA205") == []
    assert Run(1).turns(2, norm=10_001.0).turn().says("GA205") == []


def test_parameters_too_few_to_compare_with() -> None:
    """Nine numbers, or a norm that is not known."""
    assert Run(1, numel=9).turns(5, norm=1e6).says("GA205") == []
    assert len(Run(1, numel=10).turns(5, norm=1e6).says("GA205")) == 1
    assert Run(1, norm=float("nan")).turns(5, norm=1e6).says("GA205") == []


def test_the_parameters_that_carry_it_are_named() -> None:
    """Those with nine tenths of the squared norm together."""
    run = Run(3).turns(5).turn(norm={0: 5000.0, 1: 2500.0, 2: 100.0})
    assert run.says("GA205") == [("warning", ("a.weight", "b.weight"))]


def test_a_gradient_that_is_not_finite_is_another_matter() -> None:
    """GA201 tells of it."""
    run = Run(1).turns(5).turn(norm=float("inf"), status=Status.INF)
    assert run.says("GA205") == []
