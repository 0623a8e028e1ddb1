"""Lightning's own loop on two processes: `lit.py VARIANT`."""

from __future__ import annotations

import logging
import os
import sys
import warnings

import lightning.pytorch as pl
import torch
from common import Net

from gradaudit.lightning import GradAuditCallback

warnings.filterwarnings("ignore")
for name in ("lightning.pytorch", "lightning.fabric"):
    logging.getLogger(name).setLevel(logging.ERROR)
variant = sys.argv[1]


class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.automatic_optimization = variant != "manual"

    def training_step(self, batch, batch_idx):
        loss = self.net(batch[0], extra=variant not in ("unused", "find")).square().mean()
        if variant != "manual":
            return loss
        optimizer = self.optimizers()
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()
        return None

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


torch.manual_seed(0)
data = torch.utils.data.TensorDataset(torch.randn(64, 4))
audit = GradAuditCallback(on_finding="silent")
trainer = pl.Trainer(
    max_epochs=1, accelerator="cpu", devices=2, callbacks=[audit], logger=False,
    strategy="ddp_find_unused_parameters_true" if variant == "find" else "ddp",
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    accumulate_grad_batches=2 if variant == "accumulated" else 1,
)  # fmt: skip
try:
    trainer.fit(Lit(), torch.utils.data.DataLoader(data, batch_size=4))
finally:
    report = audit.report()
    print("found", *[f.code for f in report.findings if f.severity != "info"], flush=True)
    print("missing", *[n for f in report.findings for n in f.parameters], flush=True)
    if variant == "unused":
        os._exit(3)  # the other rank may be waiting
