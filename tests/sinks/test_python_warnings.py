"""Findings told at once."""

from __future__ import annotations

import dataclasses
import logging
import warnings

import pytest

from gradaudit.errors import GradAuditWarning
from gradaudit.events import RunStarted
from gradaudit.findings import Cause, Finding, Severity
from gradaudit.sinks.python_warnings import WarningSink

FINDING = Finding(
    code="GA301",
    name="missing-zero-grad",
    severity=Severity.ERROR,
    message="It held old gradients.",
    fix="Call zero_grad().",
    cause=Cause("cleared", file="train.py", line=12),
)
INFO = dataclasses.replace(FINDING, severity=Severity.INFO)


def test_a_warning_points_at_the_cause() -> None:
    """The warning's place is the cause's file and line; its text says what and how to mend it."""
    with pytest.warns(GradAuditWarning) as caught:
        WarningSink("warn").emit(FINDING)
    (warning,) = caught
    assert (warning.filename, warning.lineno) == ("train.py", 12)
    said = "GA301 missing-zero-grad: It held old gradients; to mend it: Call zero_grad()."
    assert str(warning.message) == said


def test_without_a_cause_it_points_at_the_line_that_runs() -> None:
    """The warning's place is the innermost frame that is the user's."""
    with pytest.warns(GradAuditWarning) as caught:
        WarningSink("warn").emit(dataclasses.replace(FINDING, cause=None))
    assert caught[0].filename == __file__


def test_every_finding_is_told_though_the_place_is_the_same() -> None:
    """Python's once-per-line filter hides no second finding."""
    sink = WarningSink("warn")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        sink.emit(FINDING)
        sink.emit(dataclasses.replace(FINDING, code="GA302"))
    assert len(caught) == 2


def test_infos_and_events_do_not_warn(recwarn: pytest.WarningsRecorder) -> None:
    """Only warnings and errors are worth an interruption."""
    sink = WarningSink("warn")
    sink.emit(INFO)
    sink.emit(RunStarted())
    sink.close()
    assert not recwarn.list


def test_log_uses_the_level_of_the_severity(caplog: pytest.LogCaptureFixture) -> None:
    """Findings go to the logger "gradaudit", each at its level, with their place."""
    with caplog.at_level(logging.INFO, "gradaudit"):
        WarningSink("log").emit(FINDING)
        WarningSink("log").emit(INFO)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.INFO]
    assert "train.py:12" in caplog.text


def test_a_function_hears_every_finding() -> None:
    """A callable gets findings of every severity, as they are."""
    heard: list[Finding] = []
    sink = WarningSink(heard.append)
    for record in (FINDING, RunStarted(), INFO):
        sink.emit(record)
    assert heard == [FINDING, INFO]


def test_silent_is_silent(
    recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is told at once."""
    WarningSink("silent").emit(FINDING)
    assert not recwarn.list
    assert not caplog.records
