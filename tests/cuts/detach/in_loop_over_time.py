"""Hidden state of a hand-written cell detached within the loop: the recurrent weight starves."""
# expect: GA101 detach: hh.weight
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.ih = nn.Linear(3, 5)
        self.hh = nn.Linear(5, 5, bias=False)
        self.out = nn.Linear(5, 1)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 5)
        for t in range(x.shape[1]):
            memory = self.hh(h)
            h = torch.tanh(self.ih(x[:, t]) + memory.detach())  # CUT
        return self.out(h)


torch.manual_seed(9)
model = Cell()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(6, 5, 3)
    loss = (model(x) - x.sum((1, 2))[:, None]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
