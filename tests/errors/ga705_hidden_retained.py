"""A state is carried with retain_graph=True, and the graph reaches back to the first step."""

# expect: GA705 kept-graph
# tensor: state
import torch
from torch import nn


class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Linear(3, 4)

    def forward(self, x, state):
        return torch.tanh(self.x(x) + 0.9 * state)


torch.manual_seed(0)
cell, head = Leaky(), nn.Linear(4, 1)
opt = torch.optim.SGD(cell.parameters(), lr=0.01)
for p in head.parameters():
    p.requires_grad_(False)
state = torch.zeros(2, 4)
for _ in range(20):
    state = cell(torch.randn(2, 3), state)  # HERE
    loss = head(state).square().mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)
    opt.step()
