# expect: GA101 no-grad-region: enc.weight enc.bias
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def eval_mode(m):
    was = m.training
    m.eval()
    with torch.no_grad():  # CUT
        yield m
    m.train(was)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.drop, self.head = nn.Linear(3, 3), nn.Dropout(0.1), nn.Linear(3, 1)

    def forward(self, x):
        with eval_mode(self.enc) as enc:  # CUT
            h = enc(x)
        return self.head(self.drop(h))


n = Net()
opt = torch.optim.SGD(n.parameters(), lr=0.1)
for _ in range(3):
    loss = n(torch.randn(4, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
