# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

net = nn.Linear(3, 2)
head = nn.Linear(2, 1)
opt = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.1)


def renorm(layer):
    with torch.no_grad():
        layer.weight.div_(layer.weight.norm())  # HERE


for _ in range(3):
    out = head(net(torch.randn(4, 3)).relu())
    renorm(head)
    opt.zero_grad()
    out.mean().backward()
    opt.step()
