"""Per-layer losses summed in a loop, one of them through .data."""
# expect: GA103 data-attribute: layers.0.weight
import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        outs = []
        for layer in self.layers:
            x = torch.tanh(layer(x))
            outs.append(x)
        return outs


def sparsity(h):
    return h.data.abs().mean()  # CUT


torch.manual_seed(7)
model = Deep()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 4)
    outs = model(x)
    loss = (outs[-1] - x).square().mean()
    loss += 0.1 * sparsity(outs[0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
