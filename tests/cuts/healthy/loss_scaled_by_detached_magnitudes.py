"""Each loss divided by its own detached size; an adaptive weight from gradients' norms as a float."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(6):
    x = torch.randn(8, 4)
    y = net(x)
    a = (y - x).square().mean()
    b = y.abs().mean()
    balanced = a / a.detach().clamp_min(1e-6) + b / b.detach().clamp_min(1e-6)
    ratio = (a / (b + 1e-6)).item()
    loss = balanced * 0.5 + min(ratio, 1.0) * a
    opt.zero_grad()
    loss.backward()
    opt.step()
