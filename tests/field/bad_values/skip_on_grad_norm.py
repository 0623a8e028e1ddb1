# expect: GA201 nonfinite-op:
# allow: GA302 GA303
import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.Linear(3, 2)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def loss(self, x):
        z = self.net(x)
        z = z - z.detach() if x.abs().sum() == 0 else z
        return torch.linalg.vector_norm(z, dim=1).pow(0.5).mean()  # CUT

    def step(self, x):
        self.opt.zero_grad()
        self.loss(x).backward()
        total = nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        if not torch.isfinite(total):
            print("skipped")
            return
        self.opt.step()


t = Trainer()
for i in range(6):
    t.step(torch.zeros(4, 3) if i == 3 else torch.randn(4, 3))
