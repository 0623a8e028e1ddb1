"""LBFGS with strong Wolfe on a residual with second derivatives."""
import torch
from torch import nn

torch.manual_seed(16)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1)).double()
x = torch.linspace(0, 1, 20, dtype=torch.float64)[:, None].requires_grad_()
opt = torch.optim.LBFGS(net.parameters(), max_iter=5, line_search_fn="strong_wolfe")
seen = []


def closure():
    opt.zero_grad()
    u = net(x)
    (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    (ddu,) = torch.autograd.grad(du.sum(), x, create_graph=True)
    residual = ddu + u
    loss = residual.pow(2).mean() + (u[0] - 0).pow(2).sum() + (u[-1] - 1).pow(2).sum()
    loss.backward()
    seen.append(loss.detach())
    return loss


for step in range(4):
    value = opt.step(closure)
    print(f"{value.item():.6f}", len(seen))
