"""A recorded run that is judged again gives the same findings, field by field."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

import gradaudit
from gradaudit.auditor import Auditor
from gradaudit.config import Settings
from gradaudit.findings import Finding
from gradaudit.sinks.jsonl import read_events
from tests.loops.pattern import Pattern
from tests.loops.patterns import PATTERNS

RECORDED = [p for p in PATTERNS if p.needs is None]


def plain(finding: Finding) -> dict[str, Any]:
    """Every field; NaN equals NaN in here."""
    return {one.name: repr(getattr(finding, one.name)) for one in fields(finding)}


@pytest.mark.parametrize("pattern", RECORDED, ids=lambda p: p.title)
def test_a_replay_gives_the_same_findings(pattern: Pattern, tmp_path: Path) -> None:
    """Findings, statuses, counts and names of a run that was saved and read back."""
    assert pattern.needs is None or importlib.util.find_spec(pattern.needs)
    watches: list[gradaudit.Watch] = []

    def watch(*args: Any, **kwargs: Any) -> gradaudit.Watch:
        folder = tmp_path / str(len(watches))
        options = {"on_finding": "silent", "log_dir": folder, **kwargs}
        watches.append(gradaudit.watch(*args, **options))
        return watches[-1]

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pattern.run(watch)
    assert watches
    for number, live in enumerate(watches):
        (log,) = (tmp_path / str(number)).glob("*.jsonl")
        auditor = Auditor(Settings())
        for event in read_events(log):
            auditor.feed(event)
        again, once = auditor.report(), live.report()
        assert [plain(f) for f in again.findings] == [plain(f) for f in once.findings]
        assert again.counts == once.counts
        assert again.parameters == once.parameters
        assert dict(again.statuses) == dict(once.statuses)
        assert (again.torch, again.rank, again.exception) == (once.torch, once.rank, once.exception)


def test_some_of_them_have_findings() -> None:
    """The comparison is not one of empty lists."""
    assert sum(bool(p.expected) for p in RECORDED) >= 10
