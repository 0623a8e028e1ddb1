"""LBFGS with a closure; the loss reads .data of one layer's output."""
# expect: GA101 data-attribute: first.weight first.bias
import torch
from torch import nn

torch.manual_seed(3)
net = nn.ModuleDict({"first": nn.Linear(2, 4), "second": nn.Linear(4, 1)})
opt = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=3)
x = torch.randn(16, 2)
y = x.prod(1, keepdim=True)


def closure():
    opt.zero_grad()
    hidden = torch.tanh(net["first"](x))
    loss = (net["second"](hidden.data) - y).square().mean()  # CUT
    loss.backward()
    return loss


for _ in range(4):
    opt.step(closure)
