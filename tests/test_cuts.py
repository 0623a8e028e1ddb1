"""Gradients that are cut in every way users do it, and healthy programs that only look like it.

The scripts and what is expected of each: `tests/cuts` (see `cases.py` there).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cuts.cases import Script, scripts
from tests.support.forked import Outcome, RunServer

SCRIPTS = scripts()
CUTS = [script for script in SCRIPTS if script.expected]
FRESH = [script for script in CUTS if script.name.startswith("fresh/")]
"""Written after the tracer, without a look at it."""
QUICK = [script for script in CUTS if script not in FRESH]
HEALTHY = [script for script in SCRIPTS if not script.expected]
KNOWN_MISSES: dict[str, str] = {
    "fresh/cleared_loop_layer": "`w.grad = None` by hand is told without its line",
    "fresh/hard_round_temperature": "torch.sign gives zeros: GA203 without the op",
    "fresh/off_leaf_copy": "names the line of the data, not of the weights made without a flag",
    "fresh/repl_bare_step": "a leaf made anew beside its optimizer: its gradients go unseen",
    "fresh/repl_reinit_after_optimizer": "the line of the replacement is not named",
}
"""Scripts whose verdict is not right yet, by name, and why: expected to fail, never skipped."""
NO_CUT = {None, "unused-module", "other-backward", "cleared", "nonfinite-op", "nonfinite-input"}
"""What the cause of an info finding on a healthy program may be: nothing that says "cut here"."""
KINDS_RIGHT, LINES_RIGHT = 0.95, 0.90


@dataclass
class Verdict:
    """What was wrong with the report on one script, and whether kind and line were right."""

    wrong: list[str] = field(default_factory=list)
    kind: bool = True
    line: bool = True


def judge(script: Script, outcome: Outcome) -> Verdict:
    """Compares the report with what the script expects."""
    verdict = Verdict()
    if outcome.report is None or outcome.code != script.exit:
        tail = outcome.stderr.strip().splitlines()[-3:]
        return Verdict([f"exit {outcome.code}: {tail}"], kind=False, line=False)
    findings = outcome.report["findings"]
    for expected in script.expected:
        _compare(expected.parameters or (None,), expected, findings, verdict)
    allowed = script.allow.union(*(expected.codes for expected in script.expected))
    for finding in findings:
        loud = finding["severity"] != "info"
        if finding["code"] == "GA901" or (loud and finding["code"] not in allowed):
            verdict.wrong.append("besides: " + _in_short(finding))
        elif not script.expected and (finding["cause"] or {}).get("kind") not in NO_CUT:
            verdict.wrong.append("cut cause: " + _in_short(finding))
    return verdict


def _compare(
    names: tuple[str | None, ...], expected: Any, findings: list[dict[str, Any]], verdict: Verdict
) -> None:
    for name in names:
        about = [
            f
            for f in findings
            if f["code"] in expected.codes and (name is None or name in f["parameters"])
        ]
        right = [f for f in about if (f["cause"] or {}).get("kind") in expected.kinds]
        placed = [
            f
            for f in right
            if not expected.lines
            or (
                f["cause"]["line"] in expected.lines
                and Path(f["cause"]["file"] or "").name == expected.file
            )
        ]
        if not placed:
            given = [_in_short(f) for f in about] or [_in_short(f) for f in findings]
            kinds, lines = sorted(expected.kinds), sorted(expected.lines)
            verdict.wrong.append(
                f"{name or 'any'}: expected {sorted(expected.codes)} {kinds} "
                f"{expected.file}:{lines}, got {given}"
            )
        elif all(f["severity"] == "info" for f in placed):
            verdict.wrong.append(f"{name or 'any'}: only an info")
        verdict.kind &= bool(right)
        verdict.line &= bool(placed)


def _in_short(finding: dict[str, Any]) -> str:
    cause = finding["cause"] or {}
    place = f"{cause.get('file')}:{cause.get('line')} {cause.get('op')}"
    names = " ".join(finding["parameters"][:4])
    return f"{finding['code']} {finding['severity']} {cause.get('kind')} {place} [{names}]"


@pytest.fixture(scope="module")
def verdict_on(server: RunServer) -> Callable[[Script], Verdict]:
    """Runs each script once, whoever asks."""
    verdicts: dict[str, Verdict] = {}

    def verdict(script: Script) -> Verdict:
        if script.name not in verdicts:
            if script.module:
                outcome = server.run(Path(script.module), "-m")
            else:
                outcome = server.run(script.path)
            verdicts[script.name] = judge(script, outcome)
        return verdicts[script.name]

    return verdict


def _slow(parameter: Any) -> Any:
    return pytest.param(
        *parameter.values, id=parameter.id, marks=[*parameter.marks, pytest.mark.slow]
    )


def _parameters(chosen: list[Script]) -> list[Any]:
    return [
        pytest.param(
            script,
            id=script.name,
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN_MISSES[script.name])]
            if script.name in KNOWN_MISSES
            else [],
        )
        for script in chosen
    ]


@pytest.mark.parametrize("script", _parameters(QUICK) + [_slow(one) for one in _parameters(FRESH)])
def test_the_cut_is_named_with_its_line(
    script: Script, verdict_on: Callable[[Script], Verdict]
) -> None:
    """Code, parameters, kind and line; no other error or warning; the script's own exit code."""
    assert verdict_on(script).wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("script", _parameters(HEALTHY))
def test_a_healthy_program_is_left_alone(
    script: Script, verdict_on: Callable[[Script], Verdict]
) -> None:
    """No error, no warning, and no finding that says something was cut."""
    assert verdict_on(script).wrong == []


@pytest.mark.slow
def test_the_shares_that_are_right(verdict_on: Callable[[Script], Verdict]) -> None:
    """Over all cuts, known misses among them."""
    verdicts = [verdict_on(script) for script in CUTS]
    kinds = sum(verdict.kind for verdict in verdicts) / len(verdicts)
    lines = sum(verdict.line for verdict in verdicts) / len(verdicts)
    print(f"{len(verdicts)} cuts: kind right {kinds:.1%}, line right {lines:.1%}")
    assert kinds >= KINDS_RIGHT
    assert lines >= LINES_RIGHT


def test_known_misses_are_scripts() -> None:
    """A name that is no script would excuse nothing."""
    assert set(KNOWN_MISSES) <= {script.name for script in SCRIPTS}
