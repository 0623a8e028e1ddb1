"""Two backwards of one graph with retain_graph=True first; a third time for a diagnostic gradient."""
import torch
from torch import nn

torch.manual_seed(40)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(10):
    x = torch.randn(8, 4)
    out = net(x)
    a, b = out[:, 0].pow(2).mean(), (out[:, 1] - 1).pow(2).mean()
    opt.zero_grad()
    a.backward(retain_graph=True)
    (g,) = torch.autograd.grad(b, net[0].weight, retain_graph=True)
    b.backward()
    opt.step()
    print(f"{a.item():.4f} {b.item():.4f} {g.norm().item():.4f}")
