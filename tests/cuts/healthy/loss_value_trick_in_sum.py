"""Two tasks; each is shown with the same size by adding a detached constant, gradients are those of the terms."""
import torch
from torch import nn

torch.manual_seed(3)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x = torch.randn(8, 4)
    a, b = net(x).T
    la, lb = (a - x[:, 0]).square().mean(), (b - x[:, 1]).abs().mean()
    lb = lb + (la - lb).detach()
    loss = la + lb
    opt.zero_grad()
    loss.backward()
    opt.step()
