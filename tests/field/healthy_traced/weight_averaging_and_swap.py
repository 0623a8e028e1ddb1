"""SWA by hand: averages kept in numpy, swapped in through .data for evaluation, swapped back before the next forward."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(36)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
avg = [p.detach().numpy().copy() for p in net.parameters()]
x, y = torch.randn(24, 3), torch.randint(0, 2, (24,))
for step in range(14):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for a, p in zip(avg, net.parameters()):
        a += (p.detach().numpy() - a) / (step + 2)
    backup = [p.data.clone() for p in net.parameters()]
    for a, p in zip(avg, net.parameters()):
        p.data = torch.from_numpy(a.astype(np.float32))
    with torch.no_grad():
        swa = nn.functional.cross_entropy(net(x), y).item()
    for b, p in zip(backup, net.parameters()):
        p.data = b
    print(f"{loss.item():.4f} {swa:.4f}")
