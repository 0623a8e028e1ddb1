"""GA901: a part of the auditor failed; it is switched off, training goes on."""

from __future__ import annotations

import numpy as np

from gradaudit.auditor import Auditor
from gradaudit.config import Settings
from gradaudit.events import Event, ProbeFailed, UnderflowMeasured
from gradaudit.findings import Finding
from tests.rules.build import Run, indices


def test_a_part_that_failed() -> None:
    """Info that names it and its exception, once for each part."""
    run = Run(2)
    for part in ("backward_ends", "sink Csv", "backward_ends"):
        run.feed(ProbeFailed(part=part, error="ValueError: 7"))
    assert run.says("GA901") == [("info", ()), ("info", ())]
    finding = run.found("GA901")[0]
    assert "backward_ends failed (ValueError: 7)" in finding.message
    assert finding.count == 2


def test_a_rule_that_raises_is_switched_off() -> None:
    """Here on an index that does not exist; the others go on, and it is not asked again."""
    broken = UnderflowMeasured(indices=indices([99]), shares=np.array([0.9]))
    run = Run(2).feed(broken, broken).turns(3, arrived=[0])
    assert run.says("GA901") == [("info", ())]
    assert "rule GA502 failed (IndexError" in run.found("GA901")[0].message
    assert [code for code, _ in run.loud()] == ["GA101"]


class Deaf:
    """A sink that raises."""

    heard = 0

    def emit(self, record: Event | Finding) -> None:
        self.heard += 1
        raise OSError("disk full")

    def close(self) -> None:
        raise OSError("disk full")


def test_a_sink_that_raises_is_switched_off() -> None:
    """It hears one record and no more."""
    sink = Deaf()
    auditor = Auditor(Settings(), [sink])
    auditor.feed(ProbeFailed(part="x", error="y"))
    auditor.feed(UnderflowMeasured(indices=indices([]), shares=np.zeros(0)))
    auditor.feed(UnderflowMeasured(indices=indices([]), shares=np.zeros(0)))
    assert sink.heard == 1
    auditor.close()


def test_select_does_not_hide_it() -> None:
    """Only an ignore that names it does."""
    for settings, expected in (
        (Settings.of(select="GA1"), ["GA901"]),
        (Settings.of(ignore="GA901"), []),
    ):
        auditor = Auditor(settings)
        auditor.feed(ProbeFailed(part="x", error="y"))
        assert [finding.code for finding in auditor.report().findings] == expected


def test_a_healthy_run() -> None:
    """Nothing failed."""
    assert Run(3).turns(5).says("GA901") == []
