"""TensorBoard brings threads of its own (gRPC, loaders), which come and go as they like."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _leaves_no_trace() -> Iterator[None]:
    """In place of the one for all tests: a thread that runs code of ours is still too many."""
    yield
    ours = [one.name for one in threading.enumerate() if "gradaudit" in one.name.lower()]
    assert ours == []
