"""GA703: a backward needs a part of the graph that an earlier backward has freed."""

from __future__ import annotations

from typing import Any

from gradaudit.events import AutogradRaised, Cause
from tests.rules.build import Run, at, indices

ERROR = "RuntimeError: Trying to backward through the graph a second time (or ...)."


def raised(**fields: Any) -> AutogradRaised:
    """A state that is carried from round to round."""
    known: dict[str, Any] = {
        "rule": "GA703", "error": ERROR, "tensor": "h",
        "cause": Cause.at("reused-graph", at(9), op="torch.rnn_tanh"),
        "backward_site": at(30), "earlier_site": at(30), "parameters": indices([]),
    }  # fmt: skip
    return AutogradRaised(**{**known, **fields})


def test_a_carried_state() -> None:
    """The same line freed it the time before: detach the state."""
    (finding,) = Run(2).feed(raised()).found("GA703")
    assert finding.severity == "error"
    for words in ("train.py:30 raised", "`h`, built at train.py:9,", "the same line has freed"):
        assert words in finding.message
    assert "detach" in finding.fix
    assert "retain_graph" not in finding.fix


def test_two_losses_of_one_step() -> None:
    """Another line freed it: one backward for both, or retain_graph."""
    (finding,) = Run(2).feed(raised(earlier_site=at(29))).found("GA703")
    assert "the backward at train.py:29 has freed" in finding.message
    assert "retain_graph=True" in finding.fix


def test_what_is_not_known_is_not_said() -> None:
    """Neither value nor line nor the earlier backward."""
    bare = raised(tensor="", cause=Cause("reused-graph", certain=False), earlier_site=None)
    (finding,) = Run(2).feed(bare).found("GA703")
    assert "None" not in finding.message
    assert "a value which an earlier backward has freed" in finding.message


def test_once_for_a_loop() -> None:
    """Caught in every round."""
    run = Run(2).feed(*[raised(step=i) for i in range(4)])
    (finding,) = run.found("GA703")
    assert (finding.count, finding.first_step, finding.last_step) == (4, 0, 3)
    assert run.told("GA703") == ["error"]


def test_other_errors_are_not_its_own() -> None:
    """Each code hears its own."""
    assert Run(2).feed(raised(rule="GA701"), raised(rule="GA702")).says("GA703") == []
