"""Batches whose loss is far above the running mean are skipped before backward; others after it by norm."""
import torch
from torch import nn

torch.manual_seed(99)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
mean, skipped = None, [0, 0]
for step in range(50):
    x = torch.randn(16, 4)
    y = x.sum(1, keepdim=True) * (1e4 if step % 17 == 16 else 1.0) * (200.0 if step % 11 == 10 else 1.0)
    loss = (net(x) - y).pow(2).mean()
    mean = loss.item() if mean is None else mean
    if loss.item() > 1e6 * mean:
        skipped[0] += 1
        continue
    opt.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    if norm > 500:
        skipped[1] += 1
        continue
    opt.step()
    mean = 0.9 * mean + 0.1 * loss.item()
print(skipped, loss.item())
