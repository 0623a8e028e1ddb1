"""A physics-informed net: Adam first, then LBFGS with strong Wolfe on the same parameters; derivatives by autograd.grad."""
import torch
from torch import nn

torch.manual_seed(105)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1))
x = torch.linspace(0, 2, 30).unsqueeze(1).requires_grad_(True)


def residual():
    u = net(x)
    (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    return (du + u).pow(2).mean() + 10 * (net(torch.zeros(1, 1)) - 1).pow(2).mean()


adam = torch.optim.Adam(net.parameters(), lr=5e-3)
for _ in range(25):
    adam.zero_grad()
    loss = residual()
    loss.backward()
    adam.step()
lbfgs = torch.optim.LBFGS(net.parameters(), max_iter=5, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    loss = residual()
    loss.backward()
    return loss


for _ in range(10):
    loss = lbfgs.step(closure)
print(float(loss))
