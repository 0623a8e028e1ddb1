# expect: GA201 nonfinite-op: fc.weight fc.bias
import torch
from torch import nn


class ZeroNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        h = self.fc(x)
        return h.pow(2).sum(-1).sqrt()  # CUT


net = ZeroNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    loss = (net(torch.randn(3, 4)) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
