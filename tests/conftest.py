"""For every test: nothing of ours may be left behind in torch, and state is what it was."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.forked import RunServer
from tests.support.traces import traces_left


@pytest.fixture(autouse=True)
def _leaves_no_trace() -> Iterator[None]:
    threads = threading.active_count()
    yield
    if "gradaudit.probes.engine" in sys.modules:
        assert traces_left() == []
    # Queues of the multiprocessing module let their threads end a little later.
    patience = time.monotonic() + 2
    while threading.active_count() > threads and time.monotonic() < patience:
        time.sleep(0.02)
    assert threading.active_count() <= threads


@pytest.fixture(autouse=True)
def _nothing_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a compilation in the same process, by another test, forwards are not followed."""
    module = sys.modules.get("torch._dynamo.convert_frame")
    if module is not None:
        monkeypatch.setattr(module, "FRAME_COUNTER", 0)


@pytest.fixture(scope="session")
def server() -> Iterator[RunServer]:
    with RunServer() as running:
        yield running
