"""GA701: a value that a backward needs was modified in place."""

from __future__ import annotations

from typing import Any

from gradaudit.events import AutogradRaised, Cause
from tests.rules.build import Run, at, indices

ERROR = (
    "RuntimeError: one of the variables needed for gradient computation has been modified by an "
    "inplace operation: [torch.FloatTensor [6, 4]], which is output 0 of Relu, is at version 1; "
    "expected version 0 instead."
)


def raised(**fields: Any) -> AutogradRaised:
    """An error whose cause was traced."""
    known: dict[str, Any] = {
        "rule": "GA701", "error": ERROR, "tensor": "h", "saved_by": "torch.relu", "saved_at": at(7),
        "cause": Cause.at("inplace-edit", at(9), op="indexed assignment"),
        "backward_site": at(30), "parameters": indices([]),
    }  # fmt: skip
    return AutogradRaised(**{**known, **fields})


def test_all_that_is_known_is_said() -> None:
    """The value, its shape, who saved it, who changed it, and which backward raised."""
    (finding,) = Run(2).feed(raised()).found("GA701")
    assert finding.severity == "error"
    for words in ("`h` of shape [6, 4]", "`torch.relu` at train.py:7", "train.py:9", "train.py:30"):
        assert words in finding.message
    assert finding.cause == raised().cause
    assert "new tensor" in finding.fix


def test_a_parameter_is_called_by_its_name() -> None:
    """Changed by a step between the forward and the backward: the fix is another one."""
    cause = Cause.at("inplace-edit", at(12), op="SGD.step")
    (finding,) = Run(2).feed(raised(tensor="", cause=cause, parameters=indices([1]))).found("GA701")
    assert finding.parameters == ("b.weight",)
    assert "`b.weight`" in finding.message
    assert "`SGD.step`" in finding.message
    assert "before they are changed" in finding.fix


def test_what_is_not_known_is_not_said() -> None:
    """Neither the trace nor the graph showed anything."""
    cause = Cause("inplace-edit", certain=False)
    (finding,) = (
        Run(2).feed(raised(tensor="", saved_by="", saved_at=None, cause=cause)).found("GA701")
    )
    assert "None" not in finding.message
    assert "an operation had saved a value of shape [6, 4]" in finding.message


def test_the_same_again_is_one_finding() -> None:
    """A loop that catches the error; another line is another finding."""
    run = Run(2).feed(raised(), raised(step=1))
    (finding,) = run.found("GA701")
    assert finding.count == 2
    assert run.told("GA701") == ["error"]
    other = raised(cause=Cause.at("inplace-edit", at(10)))
    assert len(run.feed(other).found("GA701")) == 2


def test_other_errors_are_not_its_own() -> None:
    """Each code hears its own."""
    run = Run(2).feed(raised(rule="GA702"), raised(rule="GA703"))
    assert run.says("GA701") == []
