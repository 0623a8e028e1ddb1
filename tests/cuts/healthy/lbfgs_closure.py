"""LBFGS with a closure that logs."""
import torch
from torch import nn

torch.manual_seed(19)
net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=4, line_search_fn="strong_wolfe")
x = torch.randn(20, 2)
y = x.prod(1, keepdim=True)
history = []


def closure():
    opt.zero_grad()
    loss = (net(x) - y).square().mean()
    loss.backward()
    history.append(loss.item())
    return loss


for _ in range(4):
    opt.step(closure)
