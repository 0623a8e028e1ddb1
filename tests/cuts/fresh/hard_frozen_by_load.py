# expect: GA101 data-attribute|detach|replaced-parameter: enc.weight
# the weight is used through a cached copy, made once before the loop
import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.out = nn.Embedding(5, 3), nn.Linear(3, 3)
        self.proj = self.enc.weight.data.t()  # CUT

    def forward(self, x):
        return self.out(x) @ self.proj


t = Tied()
opt = torch.optim.SGD(t.parameters(), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(t(torch.randn(4, 3)), torch.arange(4))
    opt.zero_grad()
    loss.backward()
    opt.step()
