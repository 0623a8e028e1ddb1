"""One process that forks ranks, for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.ranks import RankServer


@pytest.fixture(scope="module")
def ranks() -> Iterator[RankServer]:
    with RankServer() as server:
        yield server
