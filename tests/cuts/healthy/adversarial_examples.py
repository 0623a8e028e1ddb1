"""FGSM: inputs rebuilt with detach, sign and requires_grad_."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(43)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    probe = x.clone().detach().requires_grad_(True)
    (g,) = torch.autograd.grad(F.cross_entropy(net(probe), y), probe)
    attacked = (x + 0.1 * g.sign()).detach()
    loss = F.cross_entropy(net(x), y) + F.cross_entropy(net(attacked), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
