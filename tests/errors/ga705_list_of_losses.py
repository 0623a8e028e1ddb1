"""All losses are appended to a list, graphs and all."""

# expect: GA705 kept-graph
# tensor: losses
import torch
from torch import nn


def train(model, data):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for x in data:
        loss = model(x).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss)  # HERE
    return torch.stack(losses).mean()


torch.manual_seed(0)
print(train(nn.Linear(4, 1), torch.randn(9, 5, 4)))
