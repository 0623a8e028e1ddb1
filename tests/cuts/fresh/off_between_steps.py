# expect: GA101|GA403 requires-grad-off: enc.weight enc.bias
import torch
from torch import nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        self.enc.requires_grad_(False)  # CUT
        z = self.enc(x).tanh()
        self.enc.requires_grad_(True)
        return self.dec(z)


m = M()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(4, 3)
    loss = nn.functional.mse_loss(m(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
