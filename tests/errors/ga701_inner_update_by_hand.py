"""Inner update by hand."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters())
for _it in range(3):
    x = torch.randn(6, 3)
    loss1 = net(x).square().mean()
    grads = torch.autograd.grad(loss1, net.parameters(), create_graph=True)
    with torch.no_grad():
        for p, g in zip(net.parameters(), grads):
            p.sub_(0.1 * g)  # HERE
    loss2 = net(x).square().mean() + sum(g.square().sum() for g in grads)
    opt.zero_grad()
    loss2.backward()
    opt.step()
