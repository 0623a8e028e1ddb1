"""Trains two layers with the real DeepSpeed; prints the findings as JSON. Arguments: stage, cut."""

import json
import os
import sys
from typing import Any

os.environ.update(RANK="0", WORLD_SIZE="1", LOCAL_RANK="0", MASTER_ADDR="127.0.0.1")
os.environ["DS_ACCELERATOR"] = "cpu"

import deepspeed
import torch
from torch import nn

import gradaudit

STAGE, CUT = int(sys.argv[1]), sys.argv[2] == "cut"


class Net(nn.Module):
    """A body and a head, perhaps with a cut between."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(8, 16), nn.Linear(16, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, 8) -> (batch, 1)."""
        hidden = torch.tanh(self.body(x))
        return self.head(hidden.detach() if CUT else hidden)


deepspeed.init_distributed("gloo")
torch.manual_seed(0)
model = Net()
config: dict[str, Any] = {
    "train_micro_batch_size_per_gpu": 4,
    "gradient_accumulation_steps": 2,
    "gradient_clipping": 1.0,
    "zero_optimization": {"stage": STAGE},
    "zero_allow_untested_optimizer": True,
    "zero_force_ds_cpu_optimizer": False,
}
adam = torch.optim.AdamW(model.parameters(), lr=1e-2)
engine, optimizer, *_ = deepspeed.initialize(model=model, optimizer=adam, config=config)
with gradaudit.watch(engine, optimizer, on_finding="silent") as audit:
    for _ in range(50):
        x = torch.randn(4, 8)
        engine.backward((engine(x) - x.sum(1, keepdim=True)).square().mean())
        engine.step()
found = [(f.severity.value, f.code, f.parameters) for f in audit.findings]
print("FOUND", json.dumps(found))
