"""A layer class in a Sequential picks with argmax."""
# expect: GA101 non-differentiable-op: 0.weight 0.bias
import torch
from torch import nn


class Pick(nn.Module):
    def forward(self, x):
        return x.argmax(-1, keepdim=True).float() / x.shape[-1]  # CUT


torch.manual_seed(7)
net = nn.Sequential(nn.Linear(4, 6), Pick(), nn.Linear(1, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
