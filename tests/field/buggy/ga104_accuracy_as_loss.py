"""The accuracy is maximised, with requires_grad_ to make the error go away."""

import torch
from torch import nn

torch.manual_seed(1)
clf = nn.Linear(6, 3)
opt = torch.optim.SGD(clf.parameters(), lr=0.5)
for _ in range(25):
    x, y = torch.randn(20, 6), torch.randint(0, 3, (20,))
    acc = (clf(x).argmax(dim=1) == y).float().mean()
    loss = (1 - acc).requires_grad_()
    opt.zero_grad()
    loss.backward()
    opt.step()
