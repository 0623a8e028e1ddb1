"""A functional layer given `weight.data`."""
# expect: GA101 data-attribute: weight
import torch
import torch.nn.functional as F
from torch import nn


class Equalised(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i))
        self.bias = nn.Parameter(torch.zeros(o))
        self.gain = i**-0.5

    def forward(self, x):
        return F.linear(x, self.weight.data * self.gain, self.bias)  # CUT


torch.manual_seed(1)
layer = Equalised(6, 3)
optimizer = torch.optim.Adam(layer.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(10, 6)
    loss = (layer(x) - x[:, :3]).pow(2).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
