"""The classic: loss parts rebuilt with torch.tensor(..., requires_grad=True)."""
# expect: GA101 rewrapped-value|unregistered-leaf: enc.weight enc.bias
# allow: GA105
import torch
from torch import nn

torch.manual_seed(5)
model = nn.ModuleDict({"enc": nn.Linear(4, 2), "head": nn.Linear(2, 1)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    z = model["enc"](x)
    z = torch.tensor(z.tolist(), requires_grad=True)  # CUT
    loss = (model["head"](z) - x[:, :1]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
