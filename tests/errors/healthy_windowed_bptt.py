"""A step after each input, over a chain that is cut every five inputs."""

import torch
from torch import nn


class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Linear(3, 4)

    def forward(self, x, state):
        return torch.tanh(self.x(x) + 0.9 * state)


torch.manual_seed(0)
cell = Leaky()
opt = torch.optim.SGD(cell.parameters(), lr=0.01)
state = torch.zeros(2, 4)
for t in range(30):
    if t % 5 == 0:
        state = state.detach()
    state = cell(torch.randn(2, 3), state)
    opt.zero_grad()
    state.square().mean().backward(retain_graph=True)
    opt.step()
