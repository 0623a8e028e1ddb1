"""Mixup with numpy's beta and permutation; labels made by torch.tensor from lists."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)
rng = np.random.default_rng(0)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.from_numpy(rng.normal(size=(8, 4)).astype("float32"))
    y = torch.tensor([int(v > 0) for v in x[:, 0].tolist()])
    lam = float(rng.beta(0.4, 0.4))
    order = torch.randperm(8)
    out = net(lam * x + (1 - lam) * x[order])
    loss = lam * F.cross_entropy(out, y) + (1 - lam) * F.cross_entropy(out, y[order])
    opt.zero_grad()
    loss.backward()
    opt.step()
