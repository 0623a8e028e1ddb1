"""A fit with a progress bar and a mistake: `python bar_script.py tqdm` or `rich`."""

from __future__ import annotations

import logging
import sys
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import RichProgressBar, TQDMProgressBar
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from gradaudit.lightning import GradAuditCallback


class Net(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)
        self.spare = nn.Linear(2, 2)

    def training_step(self, rows: list[torch.Tensor], number: int) -> Any:
        hidden = torch.tanh(self.body(rows[0])).detach()
        return nn.functional.mse_loss(self.head(hidden), rows[1])

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.05)


logging.disable(logging.INFO)  # what Lightning itself writes does break its bars
x = torch.randn(60, 4)
bar = {"tqdm": TQDMProgressBar, "rich": RichProgressBar}[sys.argv[1]](refresh_rate=1)
pl.Trainer(
    accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
    enable_model_summary=False, callbacks=[GradAuditCallback(), bar],
).fit(Net(), DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=2))  # fmt: skip
