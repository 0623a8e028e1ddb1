"""Everything in here needs a GPU of NVIDIA (or AMD, by ROCm) and is skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them all, and skip what cannot run."""
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.gpu)
        needed = 2 if "two_devices" in item.name else 1
        if there < needed:
            item.add_marker(pytest.mark.skip(reason=f"{needed} GPUs needed, {there} there"))
