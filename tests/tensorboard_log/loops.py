"""Small training loops whose columns can be said beforehand, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

import gradaudit
from gradaudit.columns import UNSEEN
from gradaudit.events import STATUS_NAMES
from gradaudit.recorder import Grid

LETTER = {name: name[0].upper() for name in STATUS_NAMES} | {
    "ok": ".", "none": "0", "nan": "N", "inf": "I", "stale": "S", "skipped": "-",
}  # fmt: skip
"""ok . none 0 nan N inf I zero Z stale S frozen F skipped - (and ? for nothing seen)."""


class Net(torch.nn.Module):
    """Two parameters, a and b, each a layer of one number."""

    def __init__(self, names: Sequence[str] = "ab") -> None:
        super().__init__()
        for name in names:
            self.register_parameter(name, torch.nn.Parameter(torch.ones(3)))


def rows(grid: Grid | None) -> dict[str, str]:
    """Name of each parameter -> a letter for each column."""
    assert grid is not None
    names = [info.short for info in grid.parameters]
    letters = [LETTER[name] for name in STATUS_NAMES]
    return {
        name: "".join("?" if code == UNSEEN else letters[code] for code in grid.status[:, row])
        for row, name in enumerate(names)
    }


def watched(*args: Any, **options: Any) -> gradaudit.Watch:
    return gradaudit.watch(*args, **{"on_finding": "silent", "trace": "off", **options})


def sgd(*parameters: torch.Tensor) -> torch.optim.Optimizer:
    return torch.optim.SGD(list(parameters), lr=0.01)


def steps_of(grid: Grid | None) -> list[int]:
    assert grid is not None
    assert (grid.first <= grid.last).all()
    assert (np.diff(grid.first) > 0).all()
    return grid.first.tolist()
