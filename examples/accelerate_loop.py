"""Accelerate: `watch` as it is, around a loop that accumulates; then one that clears too early."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader

import gradaudit


def train(clear_first):
    torch.manual_seed(0)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=4)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    rows = DataLoader(torch.randn(144, 8), batch_size=8)
    model, optimizer, rows = accelerator.prepare(model, optimizer, rows)

    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for x in rows:
            with accelerator.accumulate(model):
                if clear_first:
                    model.zero_grad()  # clears in every batch; that of the optimizer waits
                loss = nn.functional.mse_loss(model(x), x.sum(dim=1, keepdim=True))
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                if not clear_first:
                    optimizer.zero_grad()
    return audit.report()


right = train(clear_first=False)
print(right)
assert right.findings == ()

wrong = train(clear_first=True)
print(f"\n{wrong}")
assert [finding.code for finding in wrong.findings] == ["GA303"]
