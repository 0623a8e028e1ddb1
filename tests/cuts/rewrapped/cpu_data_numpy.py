""".cpu().data.numpy(), the old way."""
# expect: GA101 rewrapped-value|data-attribute: enc.weight enc.bias
import numpy as np

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        a = self.enc(x).cpu().data.numpy()  # CUT
        z = torch.from_numpy(np.maximum(a, 0))  # CUT
        return self.head(z)


torch.manual_seed(44)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
