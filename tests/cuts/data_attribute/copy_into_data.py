"""`buffer.data.copy_(encoder(x))` in a helper."""
# expect: GA101 data-attribute: encoder.weight encoder.bias
import torch
from torch import nn


def write(slot, value):
    slot.data.copy_(value)  # CUT
    return slot


torch.manual_seed(3)
model = nn.ModuleDict({"encoder": nn.Linear(3, 3), "decoder": nn.Linear(3, 2)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    z = write(torch.empty(6, 3), model["encoder"](x))
    loss = (model["decoder"](z) - x[:, :2]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
