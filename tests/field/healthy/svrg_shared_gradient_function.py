"""SVRG: one function fills .grad by backward, for the anchor's full gradient, the anchor batch and the step itself."""
import copy

import torch
from torch import nn

torch.manual_seed(30)
X = torch.randn(48, 5)
Y = X @ torch.randn(5, 1)
net = nn.Linear(5, 1)
anchor = copy.deepcopy(net)
opt = torch.optim.SGD(net.parameters(), lr=0.05)


def gradient(model, x, y):
    model.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    return [p.grad.clone() for p in model.parameters()], loss.item()


for epoch in range(4):
    anchor.load_state_dict(net.state_dict())
    full, _ = gradient(anchor, X, Y)
    for at in range(0, 48, 12):
        x, y = X[at : at + 12], Y[at : at + 12]
        here, value = gradient(net, x, y)
        there, _ = gradient(anchor, x, y)
        for p, a, b, c in zip(net.parameters(), here, there, full):
            p.grad.copy_(a - b + c)
        opt.step()
print(value)
