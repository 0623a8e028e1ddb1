"""Corrupt batches give a NaN loss now and then; the gradient norm is checked and the step is skipped."""
import torch
from torch import nn

torch.manual_seed(24)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
skipped = 0
for step in range(40):
    x = torch.randn(8, 4)
    if step % 13 == 7:
        x[0, 0] = float("nan")
    loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if not torch.isfinite(norm):
        skipped += 1
        opt.zero_grad()
        continue
    opt.step()
print("skipped", skipped)
