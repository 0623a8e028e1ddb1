"""torch.no_grad()(module) makes a callable, called later."""
# expect: GA101 no-grad-region: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        quiet = torch.no_grad()(self.enc.forward)  # CUT
        z = quiet(x).relu()  # CUT
        return self.head(z)


torch.manual_seed(16)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
