"""Lightning's `ddp` strategy on two ranks: its ways to synchronise are known for what they are."""

from __future__ import annotations

import pytest

from tests.distributed.ranks import RankServer
from tests.distributed.test_unsynchronized import EXTRA

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("variant", ["plain", "manual", "accumulated"])
def test_healthy_fits(ranks: RankServer, variant: str) -> None:
    """Automatic and manual optimization, and windows of accumulation below no_sync."""
    run = ranks.run("lit.py", variant, audited=False)
    run.check_alive()
    assert {one.stdout for one in run.outcomes} == {"found\nmissing\n"}


def test_an_unused_layer(ranks: RankServer) -> None:
    """GA602 on each rank; where Lightning was told of it, all is averaged and GA101 remains."""
    names = {f"net.{name}" for name in EXTRA}
    for variant, code in (("unused", "GA602"), ("find", "GA101")):
        run = ranks.run("lit.py", variant, audited=False)
        for outcome in run.outcomes:
            found, missing = outcome.stdout.splitlines()
            assert found.split() == ["found", code]
            assert set(missing.split()[1:]) == names
