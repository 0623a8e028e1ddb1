""".data.clone() as a copy, in a helper."""
# expect: GA101 data-attribute: enc.weight enc.bias
import torch
from torch import nn


def backup(t):
    return t.data.clone()  # CUT


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = backup(torch.tanh(self.enc(x)))
        return self.head(z)


torch.manual_seed(9)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
