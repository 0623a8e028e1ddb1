"""Whatever the loop, late reading finds what reading at once finds."""

from __future__ import annotations

import pytest

from tests.late.slow_lane import late_cpu
from tests.loops.pattern import Pattern
from tests.loops.patterns import PATTERNS
from tests.test_loops import test_the_verdict_on_a_loop as verdict


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.title)
@pytest.mark.parametrize("asks", [0, 6])
def test_the_verdict_is_that_of_reading_at_once(pattern: Pattern, asks: int) -> None:
    """Errors and warnings are exactly those expected, though all values come later."""
    with late_cpu(asks):
        verdict(pattern)
