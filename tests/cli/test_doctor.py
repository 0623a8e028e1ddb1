"""`gradaudit doctor`."""

from __future__ import annotations

import pytest

from gradaudit.cli.main import main
from gradaudit.tracing import modestack
from gradaudit.tracing.modestack import can_be_placed


def test_versions_mechanisms_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """The doctor tells versions, how each thing is watched, and what is not built."""
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("torch 2") for line in lines)
    assert any(line.startswith("backward: ") for line in lines)
    assert "not built in this version:" in lines


def test_how_tracing_works_here(capsys: pytest.CaptureFixture[str]) -> None:
    """What is built is not in the list of what is missing; its mechanism is told instead."""
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    above, _, missing = out.partition("not built in this version:")
    tracing = next(line for line in above.splitlines() if line.startswith("tracing: "))
    assert ("private functions" in tracing) is can_be_placed()
    assert "tracing" not in missing


def test_the_public_fallback_is_told_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where torch has no such private functions any more."""
    monkeypatch.setattr(modestack, "_push", None)
    assert main(["doctor"]) == 0
    assert "tracing: a function mode, entered in public (fallback" in capsys.readouterr().out
