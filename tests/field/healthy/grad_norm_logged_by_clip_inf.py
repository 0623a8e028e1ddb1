"""Gradient accumulation where clip_grad_norm_ with max_norm=inf merely logs the norm of every micro-batch."""
import torch
from torch import nn

torch.manual_seed(18)
model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
norms = []
for step in range(8):
    opt.zero_grad()
    for micro in range(4):
        x = torch.randn(8, 5)
        loss = nn.functional.mse_loss(model(x), x[:, :1]) / 4
        loss.backward()
        norms.append(float(nn.utils.clip_grad_norm_(model.parameters(), float("inf"))))
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
print(len(norms), norms[-1])
