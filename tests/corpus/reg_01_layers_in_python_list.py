"""A network that keeps its hidden layers in a plain Python list: they get gradients, and the optimizer never sees them.

Source: pytorch/pytorch#59925 (also #666, #715, #1053, #38639).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, sizes, n_out):
        super().__init__()
        self.layers = []
        for n_in, n_hidden in zip(sizes[:-1], sizes[1:]):
            self.layers.append(nn.Linear(n_in, n_hidden))
        self.out = nn.Linear(sizes[-1], n_out)

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.out(x)


torch.manual_seed(0)
net = Net([4, 16, 16], 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()

for epoch in range(20):
    inputs = torch.randn(32, 4)
    targets = (inputs.prod(dim=1) > 0).long()

    optimizer.zero_grad()
    loss = criterion(net(inputs), targets)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 4:
        print("Epoch", epoch + 1, "loss", loss.item())
