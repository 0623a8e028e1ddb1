"""SAM as a torch Optimizer that wraps another one; the loop calls first_step and second_step itself."""
import torch
from torch import nn


class SharpnessAware(torch.optim.Optimizer):
    def __init__(self, params, base_class, rho=0.05, **kw):
        super().__init__(params, dict(rho=rho, **kw))
        self.base = base_class(self.param_groups, **kw)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def first_step(self):
        norm = torch.norm(torch.stack([p.grad.norm() for g in self.param_groups for p in g["params"]]))
        for group in self.param_groups:
            for p in group["params"]:
                e = p.grad * group["rho"] / (norm + 1e-12)
                p.add_(e)
                self.state[p]["e"] = e
        self.zero_grad()

    @torch.no_grad()
    def second_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(self.state[p]["e"])
        self.base.step()
        self.zero_grad()

    def step(self, closure=None):
        closure = torch.enable_grad()(closure)
        self.first_step()
        closure()
        self.second_step()


def compute(net, x):
    loss = nn.functional.cross_entropy(net(x), (x.mean(1) > 0).long())
    loss.backward()
    return loss


torch.manual_seed(9)
net = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 2))
opt = SharpnessAware(net.parameters(), torch.optim.SGD, lr=0.1)
for i in range(16):
    x = torch.randn(12, 6)
    loss = compute(net, x)
    if i < 8:
        opt.first_step()
        compute(net, x)
        opt.second_step()
    else:
        opt.step(lambda: compute(net, x))
print(loss.item())
