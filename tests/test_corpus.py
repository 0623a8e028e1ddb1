"""Documented bugs and controls, each a script that `gradaudit run` audits unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import Case
from tests.corpus.expect_a import CASES as FIRST
from tests.corpus.expect_b import CASES as SECOND
from tests.support.forked import RunServer

FOLDER = Path(__file__).parent / "corpus"
CASES = [*FIRST, *SECOND]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}")
def test_the_audit_says_what_is_true_of_the_script(case: Case, server: RunServer) -> None:
    """The expected codes with their parameters, and no other error or warning; the exit code."""
    outcome = server.run(FOLDER / case.script)
    assert outcome.report is not None, outcome.stderr
    assert outcome.code == case.exit, outcome.stderr
    findings = outcome.report["findings"]
    for expected in case.expect:
        found = [f for f in findings if f["code"] == expected.code]
        assert found, (expected.code, outcome.stderr)
        named = {name for f in found for name in f["parameters"]}
        assert set(expected.parameters) <= named
        if expected.cause is not None:
            assert expected.cause in {(f["cause"] or {}).get("kind") for f in found}
    allowed = {expected.code for expected in case.expect} | set(case.allow)
    assert [f["message"] for f in outcome.loud() if f["code"] not in allowed] == []
    assert "GA901" not in {f["code"] for f in findings}
