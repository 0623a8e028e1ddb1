"""Sharpness-aware minimisation with one closure that is evaluated twice per step through the same line."""
import torch
from torch import nn


class Sam:
    def __init__(self, params, base, rho=0.05):
        self.params, self.base, self.rho = list(params), base, rho

    @torch.no_grad()
    def step(self, closure):
        closure = torch.enable_grad()(closure)
        loss = closure()
        norm = torch.norm(torch.stack([p.grad.norm() for p in self.params])) + 1e-12
        moves = []
        for p in self.params:
            e = p.grad * (self.rho / norm)
            p.add_(e)
            moves.append(e)
        self.base.zero_grad()
        closure()
        for p, e in zip(self.params, moves):
            p.sub_(e)
        self.base.step()
        self.base.zero_grad()
        return loss


torch.manual_seed(8)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = Sam(net.parameters(), torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9))
for step in range(20):
    x = torch.randn(16, 4)

    def closure():
        loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        return loss

    loss = opt.step(closure)
print(loss.item())
