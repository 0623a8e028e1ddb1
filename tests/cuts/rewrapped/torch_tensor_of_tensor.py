"""torch.tensor(h) warns about copying, and cuts."""
# expect: GA101 rewrapped-value: body.weight body.bias
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore", message="To copy construct")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        h = torch.relu(self.body(x))
        h = torch.tensor(h)  # CUT
        return self.head(h)


torch.manual_seed(4)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 4)
    loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
