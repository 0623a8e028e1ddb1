"""Losses of parts are summed as floats and wrapped with requires_grad=True."""
# expect: GA104 rewrapped-value: a.weight b.weight
import torch
from torch import nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 1)


torch.manual_seed(11)
net = Two()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 3), torch.randint(0, 2, (8,))
    parts = []
    parts.append(nn.functional.cross_entropy(net.a(x), y).item())  # CUT
    parts.append((net.b(x) - x[:, :1]).abs().mean().item())  # CUT
    loss = torch.tensor(sum(parts), requires_grad=True)  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
