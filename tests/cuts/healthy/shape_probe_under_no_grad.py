"""A dry run under no_grad in __init__ to learn the flattened size, another in the first forward."""
import torch
from torch import nn


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        with torch.no_grad():
            n = self.conv(torch.zeros(1, 1, 6, 6)).numel()
        self.fc = nn.Linear(n, 2)
        self.checked = False

    def forward(self, x):
        if not self.checked:
            with torch.no_grad():
                assert self.fc(self.conv(x[:1]).flatten(1)).shape == (1, 2)
            self.checked = True
        return self.fc(torch.relu(self.conv(x)).flatten(1))


torch.manual_seed(3)
net = Cnn()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(4, 1, 6, 6), torch.randint(0, 2, (4,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
