"""Whatever the loop, late reading finds what reading at once finds."""

from __future__ import annotations

import pytest

from tests.late.slow_lane import late_cpu
from tests.loops.pattern import Pattern
from tests.loops.patterns import PATTERNS
from tests.test_loops import test_the_verdict_on_a_loop as verdict

QUICK = 8
"""Every so-manieth loop is run when there is no time for all of them."""


def _some(asks: int) -> list[object]:
    marks = [() if i % QUICK == asks % QUICK else (pytest.mark.slow,) for i in range(len(PATTERNS))]
    return [pytest.param(p, asks, marks=m, id=f"{asks} asks: {p.title}")
            for p, m in zip(PATTERNS, marks, strict=True)]  # fmt: skip


@pytest.mark.parametrize(("pattern", "asks"), [*_some(0), *_some(6)])
def test_the_verdict_is_that_of_reading_at_once(pattern: Pattern, asks: int) -> None:
    """Errors and warnings are exactly those expected, though all values come later."""
    with late_cpu(asks):
        verdict(pattern)
