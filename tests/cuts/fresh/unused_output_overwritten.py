# expect: GA101 unused-output: conv.weight conv.bias
from typing import NamedTuple

import torch
from torch import nn


class Out(NamedTuple):
    logits: torch.Tensor
    hidden: torch.Tensor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 2, 1)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        y = self.conv(x)  # CUT
        y = torch.relu(x)
        return Out(self.fc(y.flatten(1)), y)


n = Net()
opt = torch.optim.Adam(n.parameters())
for _ in range(3):
    loss = n(torch.randn(3, 2, 4)).logits.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
