"""A numpy F1 score as the loss: torch.tensor of it has no graph."""
# expect: GA104 rewrapped-value|detach|non-differentiable-op: fc.weight
# exit: 1
import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(x)).squeeze(1)


def f1(p, y):
    guess = p.detach().numpy() > 0.5  # CUT
    hit = np.logical_and(guess, y.numpy() > 0).sum()
    return 1 - 2 * hit / (guess.sum() + y.numpy().sum() + 1e-9)


torch.manual_seed(14)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    y = (x[:, 0] > 0).float()
    loss = torch.tensor(f1(net(x), y))  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
