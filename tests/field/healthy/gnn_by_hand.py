"""A graph network by hand with index_add, transductive node classification with a mask, weight decay groups."""
import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.self_, self.neigh = nn.Linear(i, o), nn.Linear(i, o, bias=False)

    def forward(self, x, src, dst):
        agg = torch.zeros_like(x).index_add(0, dst, x[src])
        deg = torch.zeros(len(x), 1).index_add(0, dst, torch.ones(len(src), 1)).clamp_min(1)
        return self.self_(x) + self.neigh(agg / deg)


torch.manual_seed(100)
x, src, dst = torch.randn(30, 5), torch.randint(0, 30, (90,)), torch.randint(0, 30, (90,))
y, mask = (x[:, 0] > 0).long(), torch.rand(30) < 0.4
c1, c2 = Conv(5, 12), Conv(12, 2)
opt = torch.optim.Adam([{"params": c1.parameters(), "weight_decay": 5e-4}, {"params": c2.parameters()}], lr=1e-2)
for epoch in range(40):
    h = nn.functional.dropout(torch.relu(c1(x, src, dst)), 0.5)
    loss = nn.functional.cross_entropy(c2(h, src, dst)[mask], y[mask])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
