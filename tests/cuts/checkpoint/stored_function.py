"""The checkpoint function is stored, as model libraries do."""
# expect: GA101 reentrant-checkpoint: enc.weight enc.bias
import functools

import torch
from torch import nn


import torch.utils.checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        self.call = functools.partial(torch.utils.checkpoint.checkpoint, use_reentrant=True)

    def forward(self, x):
        z = self.call(self.enc, x)  # CUT
        return self.head(z)


torch.manual_seed(51)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
