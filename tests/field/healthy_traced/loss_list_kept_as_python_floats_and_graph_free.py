"""History of every kind: floats, detached stacks, a dict of lists, a numpy array, a namedtuple of items."""
from collections import defaultdict, namedtuple

import numpy as np
import torch
from torch import nn

Row = namedtuple("Row", "loss accuracy")
torch.manual_seed(60)
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
log, rows, preds = defaultdict(list), [], []
for epoch in range(5):
    epoch_losses = []
    for _ in range(4):
        x = torch.randn(16, 5)
        y = x[:, :3].argmax(1)
        out = net(x)
        loss = nn.functional.cross_entropy(out, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        epoch_losses.append(loss.detach())
        preds.extend(out.argmax(dim=-1).cpu().numpy().tolist())
        log["loss"].append(float(loss))
        log["grad"].append(net[0].weight.grad.norm().item())
        rows.append(Row(loss.item(), (out.argmax(1) == y).float().mean().item()))
    print(f"{torch.stack(epoch_losses).mean():.4f} {np.mean(log['grad']):.4f} {rows[-1].accuracy:.3f} {sum(preds)}")
