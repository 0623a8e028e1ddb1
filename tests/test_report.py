"""The report as data: counts, strict JSON, several ranks."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradaudit.errors import UsageError
from gradaudit.findings import CAUSE_KINDS, Cause, Finding, Severity
from gradaudit.report import Report

EMPTY = Report(
    findings=(), backwards=10, steps=9, parameters=("a", "b"), models=("Net", "Net"),
    gradaudit="0.1.0", torch="2.13.0",
)  # fmt: skip
FINDING = Finding(
    code="GA101", name="missing-gradient", severity=Severity.WARNING, message="m", fix="f",
    parameters=("a",), model="Net",
    cause=Cause("detach", "Tensor.detach", "train.py", 12, "forward", "encoder"),
    first_step=0, last_step=9, count=10,
)  # fmt: skip

texts = st.text(max_size=20)
findings = st.builds(
    Finding,
    code=texts,
    name=texts,
    severity=st.sampled_from(Severity),
    message=texts,
    fix=texts,
    parameters=st.lists(texts, max_size=3).map(tuple),
    model=st.none() | texts,
    optimizer=st.none() | texts,
    rank=st.integers(0, 8),
    cause=st.none()
    | st.builds(
        Cause,
        st.sampled_from(CAUSE_KINDS),
        st.none() | texts,
        st.none() | texts,
        st.none() | st.integers(1, 1000),
        st.none() | texts,
        st.none() | texts,
        st.booleans(),
    ),
    first_step=st.integers(0, 100),
    last_step=st.integers(0, 100),
    count=st.integers(1, 100),
    evidence=st.dictionaries(texts, st.floats() | texts | st.none() | st.lists(st.floats())),
)
reports = st.builds(
    Report,
    findings=st.lists(findings, max_size=3).map(tuple),
    backwards=st.integers(0, 100),
    steps=st.integers(0, 100),
    parameters=st.just(("a", "b")),
    models=st.just(("Net", "Net")),
    gradaudit=texts,
    torch=texts,
    command=st.lists(texts, max_size=3).map(tuple),
    exit_code=st.none() | st.integers(0, 255),
    exception=st.none() | texts,
)


def test_the_keys_are_those_of_the_contract() -> None:
    """The JSON has exactly the public keys, at every level."""
    document = json.loads(dataclasses.replace(EMPTY, findings=(FINDING,)).to_json())
    assert document == {
        "schema": "gradaudit/1",
        "gradaudit": "0.1.0",
        "torch": "2.13.0",
        "command": [],
        "exit": {"code": None, "exception": None},
        "counts": {
            "backwards": 10,
            "steps": 9,
            "parameters": 2,
            "findings": {"error": 0, "warning": 1, "info": 0},
        },
        "findings": [
            {
                "code": "GA101",
                "name": "missing-gradient",
                "severity": "warning",
                "message": "m",
                "fix": "f",
                "parameters": ["a"],
                "model": "Net",
                "optimizer": None,
                "rank": 0,
                "cause": {
                    "kind": "detach",
                    "op": "Tensor.detach",
                    "file": "train.py",
                    "line": 12,
                    "function": "forward",
                    "module": "encoder",
                    "certain": True,
                },
                "first_step": 0,
                "last_step": 9,
                "count": 10,
                "evidence": {},
            }
        ],
    }


def _refuse(constant: str) -> None:
    raise AssertionError(constant)


@given(reports)
def test_the_json_is_strict_and_comes_back(report: Report) -> None:
    """No bare NaN or Infinity is written, and what is read back writes the same JSON again."""
    text = report.to_json()
    json.loads(text, parse_constant=_refuse)
    assert report.to_dict() == Report.from_json(text).to_dict()


def test_numbers_without_a_word_and_numpy_numbers() -> None:
    """NaN and Infinity become strings, numpy numbers and arrays plain ones."""
    evidence = {
        "nan": math.nan, "up": math.inf, "down": -math.inf,
        "numpy": np.float32(0.5), "whole": np.int64(3), "list": [np.float64("nan")],
    }  # fmt: skip
    finding = dataclasses.replace(FINDING, evidence=evidence)
    document = json.loads(dataclasses.replace(EMPTY, findings=(finding,)).to_json())
    assert document["findings"][0]["evidence"] == {
        "nan": "NaN", "up": "Infinity", "down": "-Infinity", "numpy": 0.5, "whole": 3,
        "list": ["NaN"],
    }  # fmt: skip


def test_unknown_keys_are_passed_over() -> None:
    """A report of a newer version is read as far as this one knows it."""
    document = EMPTY.to_dict() | {"news": 1}
    assert EMPTY.to_dict() == Report.from_json(json.dumps(document)).to_dict()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "gradaudit/2"}', "null", "{"])
def test_other_text_is_refused(text: str) -> None:
    """What is no report is refused as that."""
    with pytest.raises(UsageError, match="gradaudit/1"):
        Report.from_json(text)


def test_worst_and_threshold() -> None:
    """The worst severity decides whether a threshold is reached; nothing reaches none."""
    warned = dataclasses.replace(EMPTY, findings=(FINDING,))
    assert EMPTY.worst is None
    assert warned.worst is Severity.WARNING
    assert warned.reaches("warning")
    assert not warned.reaches("error")
    assert not warned.reaches(None)
    assert not EMPTY.reaches("warning")


def test_ranks_are_combined() -> None:
    """Findings of ranks stay apart, a bad status and a failed exit are those that are told."""
    first = dataclasses.replace(
        EMPTY, findings=(FINDING,), statuses={"a": "ok", "b": "none"}, exit_code=0
    )
    second = dataclasses.replace(
        EMPTY,
        findings=(dataclasses.replace(FINDING, rank=1),),
        statuses={"a": "nan", "b": "ok", "c": "ok"},
        parameters=("a", "c"),
        steps=12,
        rank=1,
        exit_code=1,
        exception="ValueError",
    )
    both = Report.combined([second, first])
    assert [finding.rank for finding in both.findings] == [0, 1]
    assert both.statuses == {"a": "nan", "b": "none", "c": "ok"}
    assert both.parameters == ("a", "b", "c")
    assert (both.steps, both.backwards, both.rank) == (12, 10, 0)
    assert (both.exit_code, both.exception) == (1, "ValueError")


def test_one_rank_combined_is_itself() -> None:
    """Nothing changes where there is one report, and none is refused."""
    assert Report.combined([EMPTY]) is EMPTY
    with pytest.raises(UsageError, match="one rank"):
        Report.combined([])


def test_names_of_one_model() -> None:
    """The parameters of a model are told apart from those of another with the same names."""
    report = dataclasses.replace(EMPTY, parameters=("w", "b", "w"), models=("G", "G", "D"))
    assert report.known_names("G") == ("w", "b")
    assert report.known_names("D") == ("w",)
    assert report.known_names(None) == ("w", "b", "w")
