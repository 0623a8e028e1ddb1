"""Training scripts with one mistake each: what `gradaudit run` must say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.field.expect_buggy import CASES, KNOWN_MISSES, Field
from tests.support.forked import RunServer

FOLDER = Path(__file__).parent / "buggy"


def _marked(case: Field) -> Any:
    """A case that is missed must go on being missed, or leave the list."""
    why = KNOWN_MISSES.get(case.id)
    marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_the_mistake_is_named(case: Field, server: RunServer) -> None:
    """The code, severity, parameters and cause; nothing else that is loud; the exit code."""
    outcome = server.run(FOLDER / f"{case.id}.py")
    assert outcome.report is not None, outcome.stderr
    assert outcome.code == case.exit, outcome.stderr
    findings = outcome.report["findings"]
    told = [(f["code"], f["severity"], f["message"]) for f in findings]
    allowed = set(case.allow)
    for said in case.expect:
        codes = set(said.code.split("|"))
        allowed |= codes
        found = [f for f in findings if f["code"] in codes]
        if said.severity:
            found = [f for f in found if f["severity"] == said.severity]
        assert found, (said, told)
        named = {name for f in found for name in f["parameters"]}
        assert set(said.parameters) <= named, (said, named)
        if said.parameters and not case.atleast:
            assert named == set(said.parameters), said
        if said.cause is not None:
            assert said.cause in {(f["cause"] or {}).get("kind") for f in found}, (said, found)
        for one in found:
            assert one["first_step"] <= one["last_step"]
            assert one["count"] >= 1
    assert [one for one in outcome.loud() if one["code"] not in allowed] == []
    assert "GA901" not in {f["code"] for f in findings}


def test_every_script_has_its_expectation() -> None:
    """No script without a verdict, no verdict without a script."""
    assert {path.stem for path in FOLDER.glob("*.py")} == {case.id for case in CASES}
