"""The layer is checkpointed: its forward runs a second time in the backward.

Expect: GA201 nonfinite-op sqrt
"""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        h = self.linear(x)
        spread = (h - h.mean(0)).square() * (h > 0)
        return h + torch.sqrt(spread)  # BORN


torch.manual_seed(0)
first, layer, last = nn.Linear(4, 4), Layer(), nn.Linear(4, 1)
model = nn.ModuleList([first, layer, last])
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    h = first(torch.randn(6, 4))
    h = checkpoint(layer, h, use_reentrant=False)
    loss = last(h).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
