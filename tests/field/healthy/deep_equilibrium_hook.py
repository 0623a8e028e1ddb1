"""A deep-equilibrium layer: fixed point under no_grad, one step with grad, and a backward hook that solves by iteration."""
import torch
from torch import nn


class Deq(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Linear(8, 8, bias=False), nn.Linear(4, 8)
        self.w.weight.data *= 0.3

    def f(self, z, x):
        return torch.tanh(self.w(z) + self.u(x))

    def forward(self, x):
        with torch.no_grad():
            z = torch.zeros(len(x), 8)
            for _ in range(12):
                z = self.f(z, x)
        z = self.f(z, x)
        z0 = z.clone().detach().requires_grad_()
        f0 = self.f(z0, x)

        def solve(g):
            y = g
            for _ in range(8):
                y = torch.autograd.grad(f0, z0, y, retain_graph=True)[0] + g
            return y

        z.register_hook(solve)
        return z


torch.manual_seed(73)
deq, head = Deq(), nn.Linear(8, 1)
opt = torch.optim.RAdam([*deq.parameters(), *head.parameters()], lr=1e-2)
for step in range(25):
    x = torch.randn(16, 4)
    loss = (head(deq(x)) - x[:, :1] * x[:, 1:2]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
