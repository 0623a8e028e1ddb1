"""detach().numpy() with numpy maths in several lines and torch.as_tensor."""
# expect: GA101 rewrapped-value|detach: enc.weight enc.bias
import numpy as np

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        h = self.enc(x)
        a = h.detach().numpy()  # CUT
        a = np.tanh(a) * np.sqrt(np.abs(a) + 1)
        a = a.clip(-2, 2)
        z = torch.as_tensor(a, dtype=x.dtype)  # CUT
        return self.head(z)


torch.manual_seed(43)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
