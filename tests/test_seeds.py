"""The snippets of five articles about `.grad is None`, with what torch really does as the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.seeds.expect import SEEDS, Answer, Found, Seed
from tests.support.forked import Outcome, RunServer

FOLDER = Path(__file__).parent / "seeds"
seeds = pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.script)


def found(outcome: Outcome, script: str) -> list[Found]:
    """Errors and warnings, with the place of the cause in the script."""
    result: list[Found] = []
    for finding in outcome.loud():
        cause = finding["cause"]
        assert cause is not None, finding
        assert cause["file"] == script
        assert cause["certain"]
        result.append(Found(finding["code"], cause["kind"], cause["line"]))
    return result


def line_of(answer: dict[str, Any]) -> int:
    """Of the cause; else of the backward that is spoken of, or of what made the tensor."""
    return (answer["cause"] or answer["backward"] or answer["made"])["line"]


@seeds
def test_the_report_on_a_snippet_is_true(seed: Seed, server: RunServer) -> None:
    """Ends as plain Python does; silent where nothing is wrong; code, kind and line elsewhere."""
    outcome = server.run(FOLDER / seed.script)
    assert outcome.report is not None, outcome.stderr
    assert outcome.code == seed.exit
    assert found(outcome, seed.script) == list(seed.found)
    assert "GA901" not in {f["code"] for f in outcome.report["findings"]}


@seeds
def test_each_read_of_a_missing_gradient_gets_a_true_answer(seed: Seed, server: RunServer) -> None:
    """Reason, kind and line; the finding that explains why a script died comes with them."""
    outcome = server.run(FOLDER / seed.script, verb="explain")
    assert outcome.report is not None, outcome.stderr
    assert outcome.code == seed.exit
    answers = [
        Answer(
            one["site"]["line"],
            one["tensor"],
            one["reason"],
            one["cause"]["kind"] if one["cause"] else None,
            line_of(one),
        )
        for one in outcome.report["explanations"]
    ]
    assert answers == list(seed.answers)
    assert found(outcome, seed.script) == list(seed.found)
    for code, _, line in seed.found:
        assert code in outcome.stderr
        assert f"{seed.script}:{line}" in outcome.stderr


def test_healthy_snippets_are_told_of_no_fault() -> None:
    """The nine snippets that are right, and whatever else is, have no finding to expect."""
    healthy = {seed.script for seed in SEEDS if seed.healthy}
    assert {"s0_1.py", "s1_2.py", "s1_3.py", "s1_4.py", "s1_5.py", "s2_2.py", "s3_1.py", "s3_2.py",
            "s3_3.py"} <= healthy  # fmt: skip
    assert not any(seed.found for seed in SEEDS if seed.healthy)
