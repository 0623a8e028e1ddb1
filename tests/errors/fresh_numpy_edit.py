# expect: GA704 rewrapped-value
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
out = nn.Linear(4, 1)
opt = torch.optim.SGD([*net.parameters(), *out.parameters()], lr=0.1)


def clip_small(t):
    a = t.detach().numpy()
    a[abs(a) < 0.1] = 0  # HERE
    return t


for _ in range(3):
    h = clip_small(net(torch.randn(6, 3)))
    loss = out(h).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
