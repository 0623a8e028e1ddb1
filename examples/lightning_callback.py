"""One callback audits a Lightning fit: which layers do not learn, why, and on which line."""

import tempfile
import warnings

import lightning.pytorch as pl
import torch
from lightning.pytorch.loggers import CSVLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from gradaudit.lightning import GradAuditCallback

warnings.filterwarnings("ignore", module="lightning")  # about the number of workers, and the like


class Sums(pl.LightningModule):
    """Two encoders, of which one is cut off from the loss."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 8), nn.Linear(4, 8)
        self.head = nn.Linear(16, 1)

    def training_step(self, batch, index):
        x, target = batch
        left = torch.tanh(self.left(x))
        right = torch.tanh(self.right(x)).detach()
        loss = nn.functional.mse_loss(self.head(torch.cat([left, right], dim=1)), target)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)


pl.seed_everything(0, verbose=False)
x = torch.randn(256, 4)
data = DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=16)
audit = GradAuditCallback(on_finding="silent")

with tempfile.TemporaryDirectory() as folder:
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        callbacks=[audit],
        logger=CSVLogger(folder),
        log_every_n_steps=8,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Sums(), data)

print(audit.report())
print("\nstatus of each parameter:")
for name, status in audit.statuses().items():
    print(f"  {name:<14}{status}")
print(f"logged: gradaudit/none = {trainer.callback_metrics['gradaudit/none']:.0f} parameters")

(finding,) = audit.findings
assert finding.code == "GA101"
assert finding.parameters == ("right.weight", "right.bias")
assert finding.cause.kind == "detach"
assert isinstance(audit, pl.Callback)
