"""An Adam of one's own that is no torch Optimizer, for the network; a torch optimizer for two scalar temperatures."""
import torch
from torch import nn


class TinyAdam:
    def __init__(self, params, lr=1e-2):
        self.params, self.lr, self.t = list(params), lr, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.params, self.m, self.v):
            m.lerp_(p.grad, 0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            p -= self.lr * (m / (1 - 0.9**self.t)) / ((v / (1 - 0.999**self.t)).sqrt() + 1e-8)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 3))
        self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.body(x) / self.temperature


torch.manual_seed(91)
net = Net()
a, b = TinyAdam(net.body.parameters()), torch.optim.SGD([net.temperature], lr=0.01)
for step in range(30):
    x = torch.randn(16, 4)
    loss = nn.functional.cross_entropy(net(x), x[:, :3].argmax(1))
    a.zero_grad()
    b.zero_grad()
    loss.backward()
    a.step()
    b.step()
print(loss.item())
