"""GA502: much of a low-precision gradient is exactly zero."""

from __future__ import annotations

import numpy as np

from gradaudit.events import UnderflowMeasured
from tests.rules.build import Run, indices


def measured(*shares: float) -> Run:
    """Shares of zeros of the first parameters."""
    event = UnderflowMeasured(indices=indices(range(len(shares))), shares=np.array(shares))
    return Run(3, dtype="float16").turn().feed(event)


def test_more_than_half() -> None:
    """Info; a half exactly is not more."""
    assert measured(0.5, 0.1).says("GA502") == []
    run = measured(0.51, 0.1, 0.7)
    assert run.says("GA502") == [("info", ("a.weight", "c.weight"))]
    (finding,) = run.found("GA502")
    assert "up to 70 %" in finding.message
    assert "float16" in finding.message
    assert dict(finding.evidence) == {"share": 0.7}


def test_later_measurements_join() -> None:
    """One finding for the run."""
    run = measured(0.9)
    run.turn().feed(UnderflowMeasured(step=1, indices=indices([1]), shares=np.array([0.8])))
    assert run.says("GA502") == [("info", ("a.weight", "b.weight"))]
    assert run.found("GA502")[0].count == 2


def test_nothing_measured() -> None:
    """As in every float32 run."""
    assert Run(3).turns(5).says("GA502") == []
