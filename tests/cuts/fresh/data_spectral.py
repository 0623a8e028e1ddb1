# expect: GA101 data-attribute: layers.0.weight layers.1.weight
# allow: GA205
import torch
import torch.nn.functional as F
from torch import nn


class Normed(nn.Linear):
    def forward(self, x):
        sigma = torch.linalg.matrix_norm(self.weight, 2)
        w = self.weight.data / sigma.data  # CUT
        return F.linear(x, w, self.bias)


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Normed(5, 5), Normed(5, 5)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


s = Stack()
o = torch.optim.SGD(s.parameters(), lr=0.1)
for _ in range(4):
    loss = s(torch.randn(7, 5)).mean()
    o.zero_grad()
    loss.backward()
    o.step()
