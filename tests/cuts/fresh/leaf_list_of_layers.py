# expect: GA105 unregistered-leaf:
import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.hidden = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]  # CUT
        self.out = nn.Linear(sizes[-1], 1)

    def forward(self, x):
        for layer in self.hidden:
            x = layer(x).relu()
        return self.out(x)


m = MLP([4, 8, 8])
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(5):
    loss = m(torch.randn(3, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
