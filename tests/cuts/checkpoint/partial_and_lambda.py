"""The checkpointed function is a lambda over a partial."""
# expect: GA101 reentrant-checkpoint: enc.weight enc.bias
import functools

import torch
from torch import nn


from torch.utils.checkpoint import checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        f = functools.partial(lambda layer, v: torch.tanh(layer(v)), self.enc)
        z = checkpoint(f, x, use_reentrant=True)  # CUT
        return self.head(z)


torch.manual_seed(50)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
