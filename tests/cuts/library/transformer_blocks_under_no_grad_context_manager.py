"""A context manager of the user's own wraps no_grad."""
# expect: GA101 no-grad-region: enc.self_attn.in_proj_weight enc.linear1.weight
import contextlib

import torch
from torch import nn


@contextlib.contextmanager
def frozen(flag=True):
    with torch.no_grad() if flag else contextlib.nullcontext():  # CUT
        yield


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        with frozen():  # CUT
            h = self.enc(x)
        return self.out(h.mean(1))


torch.manual_seed(9)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x, y = torch.randn(4, 3, 4), torch.randint(0, 2, (4,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
