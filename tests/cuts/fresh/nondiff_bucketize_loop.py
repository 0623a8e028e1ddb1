# expect: GA101 non-differentiable-op: temp.weight temp.bias
import torch
from torch import nn


class Binner(nn.Module):
    def __init__(self):
        super().__init__()
        self.temp = nn.Linear(3, 1)
        self.table = nn.Parameter(torch.randn(6))
        self.register_buffer("edges", torch.linspace(-1, 1, 5))

    def forward(self, xs):
        out = []
        for x in xs:
            score = self.temp(x)
            idx = torch.bucketize(score, self.edges)  # CUT
            out.append(self.table[idx])
        return torch.stack(out)


b = Binner()
opt = torch.optim.SGD(b.parameters(), lr=0.05)
for _ in range(3):
    loss = (b(torch.randn(4, 2, 3)) - 0.5).square().mean()
    loss.backward()
    opt.step()
    opt.zero_grad()
