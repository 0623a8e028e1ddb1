"""A known trap of Lightning: LBFGS with `accumulate_grad_batches` never clears a gradient.

LBFGS calls the closure of a step again and again. Lightning clears the gradients in it only in the
first batch of a window of accumulation, and steps in the last one: so no call within the step
clears anything, and each evaluation is the sum of all before it. The loss may fall all the same.
"""

import logging
import warnings

import torch
from torch import nn

import gradaudit

try:
    import lightning.pytorch as pl
except ImportError:
    raise SystemExit("gradaudit: this example needs lightning; pip install lightning") from None
from gradaudit.lightning import GradAuditCallback

warnings.filterwarnings("ignore")
for name in ("lightning.pytorch", "lightning.fabric", "lightning_utilities.core.rank_zero"):
    logging.getLogger(name).setLevel(logging.ERROR)


class Regression(pl.LightningModule):
    """Two layers, and the optimizer that looks at the curvature."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.mse_loss(self.layers(x), y)

    def configure_optimizers(self):
        return torch.optim.LBFGS(self.parameters(), lr=0.1, max_iter=4)


def train(window: int) -> gradaudit.Report:
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.TensorDataset(x, x.sum(dim=1, keepdim=True).sin())
    audit = GradAuditCallback(on_finding="silent")
    trainer = pl.Trainer(
        max_epochs=2, accumulate_grad_batches=window, callbacks=[audit], accelerator="cpu",
        logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Regression(), torch.utils.data.DataLoader(data, batch_size=16))
    return audit.report()


healthy = train(window=1)
print(f"accumulate_grad_batches=1: {len(healthy.findings)} findings")
assert not healthy.findings

report = train(window=2)
print("accumulate_grad_batches=2:")
print(report)
(finding,) = [one for one in report.findings if one.severity == "error"]
assert finding.code == "GA307"
