# an argmax mask for a metric, and an explicit detach on the same path: the detach is named
# expect: GA101 detach: a.weight a.bias
import torch
from torch import nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = self.a(x)
        mask = (h > 0).float()
        h = h.detach() * mask  # CUT
        return self.b(h)


t = Two()
opt = torch.optim.SGD(t.parameters(), lr=0.1)
for _ in range(3):
    loss = t(torch.randn(4, 4)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
