# expect: GA103 no-grad-region:
import torch
from torch import nn


class Objective(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    @torch.no_grad()  # CUT
    def smoothness(self, x):  # CUT
        return (self.net(x + 0.01) - self.net(x)).abs().mean()

    def forward(self, x, y):
        return {"fit": (self.net(x) - y).square().mean(), "smooth": self.smoothness(x)}


net = nn.Linear(3, 1)
obj = Objective(net)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(4):
    x = torch.randn(8, 3)
    terms = obj(x, x.mean(1, keepdim=True))
    loss = sum(terms.values())
    opt.zero_grad()
    loss.backward()
    opt.step()
