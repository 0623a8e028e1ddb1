"""Between steps weights are edited through shared numpy memory: pruning, clipping and noise."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(37)
rng = np.random.default_rng(0)
net = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
mask = rng.random((10, 6)) > 0.4
for step in range(14):
    x = torch.randn(12, 6)
    loss = (net(x) - x[:, :1] * x[:, 1:2]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    w = net[0].weight.detach().numpy()
    w *= mask
    np.clip(w, -1, 1, out=w)
    b = net[2].bias.data.numpy()
    b += rng.normal(size=1).astype(np.float32) * 1e-3
    print(f"{loss.item():.4f} {(w == 0).mean():.2f}")
