"""Margins come from a distance matrix in numpy of the same batch's embeddings; the margin is added to a hinge."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(81)
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(12):
    y = torch.arange(12) % 3
    z = net(torch.randn(12, 6) + y[:, None])
    d = z.detach().numpy()
    d = np.linalg.norm(d[:, None] - d[None], axis=-1)
    same = (y[:, None] == y[None]).numpy()
    pos = np.where(same, d, -np.inf).argmax(1)
    neg = np.where(same, np.inf, d).argmin(1)
    margin = torch.from_numpy(0.1 + 0.1 * d.mean(1))
    dp = (z - z[torch.from_numpy(pos)]).pow(2).sum(1)
    dn = (z - z[torch.from_numpy(neg)]).pow(2).sum(1)
    loss = F.relu(dp - dn + margin).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {margin.mean().item():.4f}")
