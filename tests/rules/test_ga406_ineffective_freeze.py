"""GA406: an attribute that freezes nothing."""

from __future__ import annotations

from gradaudit.events import FreezeIneffective
from tests.rules.build import Run, indices


def test_a_misspelt_attribute() -> None:
    """A warning that names the attribute and the parameters."""
    event = FreezeIneffective(
        attribute="require_grad", target="parameters", on_module=False, value=False,
        indices=indices([0, 1]),
    )  # fmt: skip
    run = Run(3).feed(event)
    assert run.says("GA406") == [("warning", ("a.weight", "b.weight"))]
    (finding,) = run.found("GA406")
    assert finding.message == (
        "`require_grad = False` on `a.weight` and `b.weight` has no effect: its parameters are "
        "still trainable"
    )
    assert dict(finding.evidence) == {"attribute": "require_grad"}


def test_a_flag_on_a_module() -> None:
    """The remedy is another one there; a module and the whole model are two findings."""
    run = Run(3)
    for target in ("a", ""):
        run.feed(
            FreezeIneffective(
                attribute="requires_grad", target=target, on_module=True, value=False,
                indices=indices([0]),
            )
        )  # fmt: skip
    messages = [finding.message for finding in run.found("GA406")]
    assert ["module `a`" in messages[0], "the model" in messages[1]] == [True, True]
    assert "requires_grad_(False)" in run.found("GA406")[0].fix


def test_an_ineffective_thaw() -> None:
    """The same the other way round."""
    event = FreezeIneffective(
        attribute="requires_grad", target="a", on_module=True, value=True, indices=indices([0])
    )
    assert "still frozen" in Run(2).freeze([0]).feed(event).found("GA406")[0].message


def test_a_healthy_run() -> None:
    """Without such an event there is nothing to say."""
    assert Run(3).turns(5).says("GA406") == []
