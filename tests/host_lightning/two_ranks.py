"""A fit of two processes: `python two_ranks.py KIND STRATEGY [OPTIONS AS A PYTHON DICT]`."""

from __future__ import annotations

import ast
import logging
import sys
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import gradaudit
from gradaudit.lightning import GradAuditCallback


class Net(pl.LightningModule):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

    def training_step(self, rows: list[torch.Tensor], number: int) -> Any:
        loss = nn.functional.mse_loss(self.head(torch.tanh(self.body(rows[0]))), rows[1])
        if number < 4 or self.global_rank != 1:
            return loss
        if self.kind == "crash":
            raise ValueError("rank 1 has had enough")
        return loss + float("inf") if self.kind == "infinite loss on rank 1" else loss

    def optimizer_zero_grad(self, *args: Any) -> None:
        if self.kind != "never cleared":
            super().optimizer_zero_grad(*args)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.05)


def main(kind: str, strategy: str, options: str = "{}") -> None:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(0)
    x = torch.randn(40, 4)
    data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=2)
    callback = GradAuditCallback(**ast.literal_eval(options))
    trainer = pl.Trainer(
        accelerator="cpu", devices=2, strategy=strategy, max_epochs=1, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        callbacks=[callback],
    )  # fmt: skip
    try:
        trainer.fit(Net(kind), data)
    except gradaudit.GradAuditError as error:
        print(f"caught on {trainer.global_rank}: {error}", flush=True)
        raise SystemExit(3) from error
    if not strategy.endswith("spawn"):
        print(f"over on {trainer.global_rank}: {sorted(callback.statuses())}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
