"""The rules of one process are those of each rank, with the names that the model has by itself."""

from __future__ import annotations

import pytest

from tests.distributed.ranks import RankServer
from tests.distributed.test_unsynchronized import EXTRA, OTHERS

NAMES = " ".join(sorted(EXTRA | OTHERS))


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ["none", "GA201", "GA301", "GA402", "GA404"])
def test_a_mistake_of_one_process(ranks: RankServer, mistake: str) -> None:
    """Found on both ranks; NaN of one rank is in the sums of both."""
    run = ranks.run("rules.py", mistake, audited=False)
    run.check_alive()
    for outcome in run.outcomes:
        found = outcome.stdout.rpartition("found")[2].split()
        assert mistake in found or (mistake == "none" and not found)
        assert f"audited {NAMES}\n" in outcome.stdout
    # The graph of rank 0 had nothing to do with it.
    assert ("averaged over 2 ranks" in run[0].stderr) == (mistake == "GA201")


@pytest.mark.slow
def test_names_of_a_compiled_wrapper(ranks: RankServer) -> None:
    """Whoever wraps whom."""
    run = ranks.run("rules.py", "none", "compiled", audited=False)
    run.check_alive()
    assert f"audited {NAMES}\n" in run[0].stdout
    assert run[0].stdout.endswith("found\n")


@pytest.mark.slow
def test_raise_on_where_one_rank_alone_asks_for_it(ranks: RankServer) -> None:
    """It stops; the other one waits for it in a collective, and is told that it has gone."""
    run = ranks.run("rules.py", "raises", audited=False)
    assert run[1].code == 1
    assert "GradAuditError: GA201" in run[1].stderr
    assert run[0].code == 1  # not -9: nobody had to end it
    assert "GradAuditError" not in run[0].stderr
