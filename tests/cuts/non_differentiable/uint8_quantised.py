"""to(torch.uint8) through a dtype variable in a helper."""
# expect: GA101 non-differentiable-op: enc.weight enc.bias
import torch
from torch import nn


def squeeze(t, dtype=torch.uint8):
    t = (t * 255).clamp(0, 255)
    t = t.to(dtype)  # CUT
    return t.float() / 255


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = squeeze(torch.sigmoid(self.enc(x)))
        return self.head(z)


torch.manual_seed(34)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
