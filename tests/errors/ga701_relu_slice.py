"""Rows of a ReLU's result are overwritten in the model's forward."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: h
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 6), nn.Linear(6, 1)

    def forward(self, x):
        h = torch.relu(self.a(x))  # SAVED
        h[:, 0] = 0.0  # HERE
        h[:, -1] = 0.0
        return self.b(h)


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    opt.zero_grad()
    loss = net(torch.randn(8, 4)).square().mean()
    loss.backward()
    opt.step()
