"""Domain adversarial training with a reversal layer."""
import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.alpha * g, None


torch.manual_seed(33)
net = nn.ModuleDict({"f": nn.Linear(5, 6), "label": nn.Linear(6, 2), "domain": nn.Linear(6, 2)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    x, y = torch.randn(10, 5), torch.randint(0, 2, (10,))
    d = torch.randint(0, 2, (10,))
    h = torch.relu(net["f"](x))
    alpha = step / 6
    loss = F.cross_entropy(net["label"](h), y)
    loss = loss + F.cross_entropy(net["domain"](Reverse.apply(h, alpha)), d)
    opt.zero_grad()
    loss.backward()
    opt.step()
