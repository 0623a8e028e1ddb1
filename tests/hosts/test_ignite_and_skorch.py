"""Loops of Ignite and skorch under `watch` as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import gradaudit


def _loud(audit: Any) -> list[str]:
    return [f.code for f in audit.report().findings if f.severity.value != "info"]


@pytest.mark.parametrize("windows", [1, 3])
def test_ignites_supervised_trainer(windows: int) -> None:
    """Clears at the start of a window and steps at its end: nothing to say."""
    ignite: Any = pytest.importorskip("ignite.engine")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    trainer = ignite.create_supervised_trainer(
        model, optimizer, nn.MSELoss(), gradient_accumulation_steps=windows
    )
    rows = [(x, x.sum(dim=1, keepdim=True)) for x in torch.randn(12, 6, 4)]
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        trainer.run(rows, max_epochs=2)
    assert _loud(audit) == []
    assert audit.report().steps == 24 // windows


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.LBFGS])
def test_skorch_fits_partially(optimizer: Any) -> None:
    """Each of its steps is a closure: nothing to say."""
    skorch: Any = pytest.importorskip("skorch")
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    net = skorch.NeuralNetRegressor(
        nn.Linear, module__in_features=4, module__out_features=1, optimizer=optimizer,
        lr=0.01, batch_size=8, train_split=None, verbose=0, max_epochs=4,
    )  # fmt: skip
    net.initialize()
    with gradaudit.watch(net.module_, net.optimizer_, on_finding="silent") as audit:
        net.partial_fit(x, x.sum(axis=1, keepdims=True))
    assert _loud(audit) == []
    assert audit.report().steps == 16
