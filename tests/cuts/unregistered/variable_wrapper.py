"""Variable(h.data, requires_grad=True): an old way to restart the graph, in a helper."""
# expect: GA101 data-attribute|unregistered-leaf: enc.weight enc.bias
# allow: GA105
import torch
from torch import nn
from torch.autograd import Variable


def restart(h):
    return Variable(h.data, requires_grad=True)  # CUT


torch.manual_seed(3)
model = nn.ModuleDict({"enc": nn.Linear(3, 3), "dec": nn.Linear(3, 1)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    y = model["dec"](restart(model["enc"](x)))
    loss = (y - x.sum(1, keepdim=True)).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
