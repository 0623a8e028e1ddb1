"""DP-SGD the slow way: a backward and a clip for every sample, sums kept aside, noise added, one step."""
import torch
from torch import nn

torch.manual_seed(32)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(10):
    x = torch.randn(6, 4)
    y = (x[:, 0] > 0).long()
    sums = [torch.zeros_like(p) for p in net.parameters()]
    for xi, yi in zip(x, y):
        net.zero_grad()
        loss = nn.functional.cross_entropy(net(xi[None]), yi[None])
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), max_norm=0.5)
        for s, p in zip(sums, net.parameters()):
            s += p.grad
    for s, p in zip(sums, net.parameters()):
        p.grad = (s + 0.1 * torch.randn_like(s)) / len(x)
    opt.step()
print(loss.item())
