"""GA702: a leaf that requires grad was changed in place while gradients were recorded."""

from __future__ import annotations

from typing import Any

from gradaudit.events import AutogradRaised, Cause
from tests.rules.build import Run, at, indices

ERROR = "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation."


def raised(**fields: Any) -> AutogradRaised:
    """An error whose line is known."""
    known: dict[str, Any] = {
        "rule": "GA702", "error": ERROR, "tensor": "w",
        "cause": Cause.at("inplace-edit", at(9), op="-="), "parameters": indices([]),
    }  # fmt: skip
    return AutogradRaised(**{**known, **fields})


def test_the_leaf_and_the_line_are_named() -> None:
    """And both ways out of it."""
    (finding,) = Run(2).feed(raised()).found("GA702")
    assert finding.severity == "error"
    assert finding.message.startswith("`-=` at train.py:9 raised: it changes `w` in place")
    assert "new tensor" in finding.fix
    assert "no_grad" in finding.fix


def test_a_view_is_a_part() -> None:
    """The other wording of the error."""
    error = ERROR.replace("a leaf", "a view of a leaf")
    (finding,) = Run(2).feed(raised(error=error)).found("GA702")
    assert "a part of `w`" in finding.message


def test_a_parameter_without_a_variable() -> None:
    """Its own name is given."""
    (finding,) = Run(2).feed(raised(tensor="", parameters=indices([0]))).found("GA702")
    assert "`a.weight`" in finding.message
    assert finding.parameters == ("a.weight",)


def test_nothing_known() -> None:
    """No line, no name."""
    bare = raised(tensor="", cause=Cause("inplace-edit", certain=False))
    (finding,) = Run(2).feed(bare).found("GA702")
    assert finding.message.startswith("an in-place operation raised: it changes a tensor in place")


def test_other_errors_are_not_its_own() -> None:
    """Each code hears its own."""
    assert Run(2).feed(raised(rule="GA701"), raised(rule="GA703")).says("GA702") == []
