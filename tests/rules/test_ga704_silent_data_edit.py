"""GA704: a value that a backward uses was changed where autograd could not see it."""

from __future__ import annotations

from typing import Any

from gradaudit.events import Cause, DataEdited
from tests.rules.build import Run, at


def edited(**fields: Any) -> DataEdited:
    """An edit through `.data`."""
    known: dict[str, Any] = {
        "backward": 0, "tensor": "h", "saved_by": "torch.tanh", "saved_at": at(7),
        "cause": Cause.at("data-attribute", at(9), op="Tensor.mul_"),
    }  # fmt: skip
    return DataEdited(**{**known, **fields})


def test_through_data() -> None:
    """The value, the edit, and the operation whose backward used it."""
    (finding,) = Run(2).feed(edited()).found("GA704")
    assert finding.severity == "error"
    for words in ("`h` was changed through `.data` at train.py:9", "`torch.tanh` at train.py:7"):
        assert words in finding.message
    assert finding.cause == edited().cause


def test_through_an_array() -> None:
    """The other kind of cause."""
    cause = Cause.at("rewrapped-value", at(9), op="numpy")
    (finding,) = Run(2).feed(edited(cause=cause)).found("GA704")
    assert "a NumPy array that shares its memory at train.py:9" in finding.message


def test_in_every_step() -> None:
    """One finding, told once."""
    run = Run(2).feed(*[edited(step=i, backward=i) for i in range(3)])
    (finding,) = run.found("GA704")
    assert finding.count == 3
    assert run.told("GA704") == ["error"]


def test_two_edits_are_two_findings() -> None:
    """At different lines."""
    other = Cause.at("data-attribute", at(10), op="Tensor.mul_")
    assert len(Run(2).feed(edited(), edited(cause=other)).found("GA704")) == 2


def test_nothing_known() -> None:
    """No name, no line."""
    bare = edited(
        tensor="", saved_by="", saved_at=None, cause=Cause("data-attribute", certain=False)
    )
    (finding,) = Run(2).feed(bare).found("GA704")
    assert finding.message.startswith("a value was changed through `.data`, after an operation had")
