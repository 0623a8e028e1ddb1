"""GA102: a gradient arrived in some steps and not in others."""

from __future__ import annotations

from tests.rules.build import Run


def test_k_of_n_steps() -> None:
    """Info, with both numbers; the count is of the steps in which it was missing."""
    run = Run(3).turns(3).turns(2, arrived=[0, 2])
    assert run.says("GA102") == [("info", ("b.weight",))]
    (finding,) = run.found("GA102")
    assert dict(finding.evidence) == {"arrived": 3, "steps": 5}
    assert (finding.count, finding.first_step, finding.last_step) == (2, 3, 4)


def test_all_or_none_is_not_intermittent() -> None:
    """n of n is health, 0 of n is GA101."""
    run = Run(3).turns(5, arrived=[0, 2])
    assert run.says("GA102") == []


def test_the_same_share_is_one_finding() -> None:
    """Alternating heads are two findings when their shares differ."""
    run = Run(4).turns(2, arrived=[0, 1, 2]).turns(1, arrived=[0, 3])
    assert run.says("GA102") == [("info", ("b.weight", "c.weight")), ("info", ("d.weight",))]
    run = Run(3).turns(2, arrived=[0, 1]).turns(2, arrived=[0, 2])
    assert run.says("GA102") == [("info", ("b.weight", "c.weight"))]


def test_steps_without_any_gradient_do_not_count() -> None:
    """They are GA302's."""
    run = Run(2).turns(3).step().turns(1)
    assert run.says("GA102") == []
