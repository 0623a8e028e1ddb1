"""Whatever the loop, late reading finds what reading at once finds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from tests.late.nowhere import read_by_nobody
from tests.late.slow_lane import late_cpu
from tests.loops.pattern import Pattern
from tests.loops.patterns import PATTERNS
from tests.test_loops import test_the_verdict_on_a_loop as verdict

QUICK = 12
"""Every so-manieth loop is run when there is no time for all of them."""


def _some(asks: int, patterns: Sequence[Pattern]) -> list[object]:
    marks = [() if i % QUICK == asks % QUICK else (pytest.mark.slow,) for i in range(len(patterns))]
    return [pytest.param(p, asks, marks=m, id=f"{asks} asks: {p.title}")
            for p, m in zip(patterns, marks, strict=True)]  # fmt: skip


@pytest.mark.parametrize(("pattern", "asks"), [*_some(0, PATTERNS), *_some(6, PATTERNS)])
def test_the_verdict_is_that_of_reading_at_once(pattern: Pattern, asks: int) -> None:
    """Errors and warnings are exactly those expected, though all values come later."""
    with late_cpu(asks):
        verdict(pattern)


VALUES_NEEDED = {
    "every gradient is filled with zeros through its data": "its zeros are told as no zeros here",
    "the loss is NaN once": "it is told as finite here",
    "SGD by hand under no_grad, never cleared": "values of parameters are not read on a device",
    "a layer frozen half-way goes on moving by its momentum": "likewise",
}
READS_ITSELF = ("cannot be called on meta tensors", "`fused=True`", "aten::_coalesce")
WITHOUT_VALUES = [p for p in PATTERNS if p.needs is None and p.title not in VALUES_NEEDED]


@pytest.mark.parametrize(("pattern", "asks"), _some(3, WITHOUT_VALUES))
def test_the_verdict_needs_no_value(pattern: Pattern, asks: int) -> None:
    """The same where there are no values at all, save that each gradient is finite and not zero."""
    with read_by_nobody(), torch.device("meta"):
        try:
            verdict(pattern)
        except (RuntimeError, NotImplementedError) as error:
            if not any(words in str(error) for words in READS_ITSELF):
                raise
            pytest.skip("this loop reads values itself")
