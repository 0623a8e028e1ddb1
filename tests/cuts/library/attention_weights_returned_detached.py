"""MultiheadAttention's weights, detached for a plot, then used for pooling."""
# expect: GA101 detach: attn.in_proj_weight
import torch
from torch import nn


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(4, 2, batch_first=True)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        _, weights = self.attn(x, x, x)
        weights = weights.detach()  # CUT
        return self.out(weights @ x).mean((1, 2))


torch.manual_seed(6)
net = Pool()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(3, 5, 4)
    loss = (net(x) - x.mean((1, 2))).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
