"""Two processes on the CPU: one of them tells, nothing that only one has found is lost, and no
rank waits for another that has stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gradaudit_lightning import ranks
from gradaudit_lightning.ranks import Ranks

from gradaudit.errors import GradAuditError
from gradaudit.findings import Finding, Severity

SCRIPT = Path(__file__).with_name("two_ranks.py")
LONGEST = 150
NAMES = "['body.bias', 'body.weight', 'head.bias', 'head.weight']"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and all that was written. A rank that hangs fails the test."""
    folders = [str(SCRIPT.parents[2]), str(SCRIPT.parents[2] / "integrations")]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(folders)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=LONGEST, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.slow
def test_a_healthy_fit_of_two_ranks_is_silent() -> None:
    """And the names have no `module.` in them."""
    code, said = run("healthy", "ddp")
    assert code == 0, said
    assert "GA" not in said
    assert f"over on 0: {NAMES}" in said
    assert f"over on 1: {NAMES}" in said


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "ddp_spawn"])
def test_what_both_ranks_have_found_is_told_by_one(strategy: str) -> None:
    """One warning, and one report at the end."""
    code, said = run("never cleared", strategy)
    assert code == 0, said
    assert said.count("GA301 missing-zero-grad: ") == 1
    assert said.count("gradaudit: ") == 1
    assert "[rank 1]" not in said


@pytest.mark.slow
def test_what_rank_1_alone_has_found_is_told_by_it() -> None:
    """Its loss is infinite, and that of rank 0 is not: only the gradients are shared."""
    code, said = run("infinite loss on rank 1", "ddp")
    assert code == 0, said
    assert said.count("GA202 nonfinite-loss: ") == 1
    assert "[rank 1] GA202 nonfinite-loss: " in said


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "ddp_spawn"])
def test_raise_on_stops_all_ranks_at_the_same_batch(strategy: str) -> None:
    """Though one of them alone has a reason to: the others say which."""
    code, said = run("infinite loss on rank 1", strategy, "{'raise_on': 'error'}")
    assert code == (3 if strategy == "ddp" else 1), said
    if strategy == "ddp":
        assert "caught on 0: GA202" in said
        assert "(found by rank 1)" in said
        assert "caught on 1: GA202" in said
    else:
        assert "GradAuditError: GA202" in said  # inside torch's ProcessRaisedException


@pytest.mark.slow
def test_a_rank_that_crashes_is_not_waited_for() -> None:
    """Lightning ends the other one, as it does without us."""
    code, said = run("crash", "ddp", "{'raise_on': 'error'}")
    assert code != 0
    assert "rank 1 has had enough" in said


# --- what the ranks say to each other, without processes


class Store(dict[str, bytes]):
    """The three calls of a store of torch's that are used."""

    def set(self, key: str, value: str) -> None:
        self[key] = value.encode()

    def check(self, keys: list[str]) -> bool:
        return all(key in self for key in keys)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> list[Ranks]:
    """Two ranks of one fit, which share a store."""
    shared = Store()
    monkeypatch.setattr(ranks, "_store", lambda: shared)
    monkeypatch.setattr(ranks, "_fits", iter([7, 7]))
    monkeypatch.setattr(ranks, "PATIENCE", 0.1)
    return [Ranks(0, 2, "error"), Ranks(1, 2, "error")]


def _finding(code: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code=code, name="n", severity=severity, message="m", fix="f")


def test_a_rank_holds_back_what_rank_0_may_tell(pair: list[Ranks]) -> None:
    """For a batch; then it tells what rank 0 has not."""
    told: list[str] = []
    zero, one = pair
    one.tell(_finding("GA201"), lambda f: told.append(f.code))
    one.tell(_finding("GA202"), lambda f: told.append(f.code))
    one.tell(_finding("GA101", Severity.INFO), lambda f: told.append(f.code))
    zero.tell(_finding("GA201"), lambda f: told.append(f.code))
    assert told == ["GA201"]
    for _ in range(4):
        one.batch_is_over(lambda f: told.append(f.code))
    assert told == ["GA201", "[rank 1] GA202"]


def test_at_the_end_a_rank_waits_for_rank_0_and_not_for_long(pair: list[Ranks]) -> None:
    """Where rank 0 never ends, what is held back is told all the same."""
    told: list[str] = []
    pair[1].tell(_finding("GA202"), lambda f: told.append(f.code))
    began = time.monotonic()
    pair[1].fit_is_over(lambda f: told.append(f.code), failed=False)
    assert told == ["[rank 1] GA202"]
    assert 0.05 < time.monotonic() - began < 2


def test_without_a_store_nothing_is_lost(
    pair: list[Ranks], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch keeps it to itself, or the process that holds it is gone: told twice at worst."""
    monkeypatch.setattr(ranks, "_store", lambda: None)
    monkeypatch.setattr(ranks, "_fits", iter([8]))
    alone, told = Ranks(1, 2, None), []
    alone.tell(_finding("GA202"), lambda f: told.append(f.code))
    began = time.monotonic()
    alone.fit_is_over(lambda f: told.append(f.code), failed=True)
    assert told == ["[rank 1] GA202"]
    assert time.monotonic() - began < 0.5


def test_all_ranks_raise_or_none(pair: list[Ranks]) -> None:
    """`reduce_boolean_decision` of the strategy says whether any rank has a finding."""

    class Trainer:
        class strategy:
            found = False

            @classmethod
            def reduce_boolean_decision(cls, decision: bool, *, all: bool) -> bool:
                cls.found |= decision
                return cls.found

    zero, one = pair
    zero.raise_together(Trainer)
    one.emit(_finding("GA202", Severity.WARNING))
    one.raise_together(Trainer)
    one.emit(_finding("GA202"))
    with pytest.raises(GradAuditError, match="GA202") as own:
        one.raise_together(Trainer)
    assert own.value.findings[0].code == "GA202"
    with pytest.raises(GradAuditError, match=r"GA202.*\(found by rank 1\)"):
        zero.raise_together(Trainer)
