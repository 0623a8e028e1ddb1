"""A top-1 mixture whose loop runs every expert, also on no token at all: such an expert gets exact zeros."""
import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self, d=6, n=4):
        super().__init__()
        self.gate = nn.Linear(d, n)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(d, 8), nn.ReLU(), nn.Linear(8, d)) for _ in range(n))

    def forward(self, x):
        p = self.gate(x).softmax(-1)
        w, k = p.max(-1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            rows = (k == i).nonzero().squeeze(1)
            out = out.index_add(0, rows, expert(x[rows]) * w[rows, None])
        load = torch.zeros(4).index_add(0, k, torch.ones(len(k))) / len(k)
        return out, 4 * (load * p.mean(0)).sum()


torch.manual_seed(50)
net = Mixture()
with torch.no_grad():
    net.gate.bias[3] = -4.0
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for step in range(40):
    x = torch.randn(6, 6)
    out, balance = net(x)
    loss = nn.functional.mse_loss(out, x.flip(1)) + 0.5 * balance
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
