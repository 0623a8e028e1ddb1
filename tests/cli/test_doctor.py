"""`gradaudit doctor`."""

from __future__ import annotations

import pytest

from gradaudit.cli.main import main


def test_versions_mechanisms_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """The doctor tells versions, how each thing is watched, and what is not built."""
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("torch 2") for line in lines)
    assert any(line.startswith("backward: ") for line in lines)
    assert "not built in this version:" in lines
