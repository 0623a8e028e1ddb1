"""Ways of writing a training loop: every broken one is told of, every healthy one is left alone."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import pytest
import torch

import gradaudit
from tests.loops.pattern import Pattern
from tests.loops.patterns import PATTERNS


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.title)
def test_the_verdict_on_a_loop(pattern: Pattern) -> None:
    """Errors and warnings are exactly those expected."""
    if pattern.needs is not None and importlib.util.find_spec(pattern.needs) is None:
        pytest.skip(f"{pattern.needs} is not installed (its integrations have their own tests)")
    watches: list[gradaudit.Watch] = []

    def watch(*args: Any, **kwargs: Any) -> gradaudit.Watch:
        watches.append(gradaudit.watch(*args, on_finding="silent", **kwargs))
        return watches[-1]

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pattern.run(watch)
    loud = {f.code for one in watches for f in one.findings if f.severity.value != "info"}
    failed = [f.message for one in watches for f in one.findings if f.code == "GA901"]
    assert failed == []
    assert pattern.expected <= loud
    assert loud - pattern.expected - _follow_from(loud) == set()


def _follow_from(loud: set[str]) -> set[str]:
    """Codes that are true besides: NaN in the weights, and five skips are two rules' business."""
    return {"GA206" if "GA201" in loud else "", "GA201" if "GA501" in loud else ""}
