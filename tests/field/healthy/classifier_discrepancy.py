"""Maximum classifier discrepancy: three phases per batch, three optimizers, everything is reset after each phase."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(41)
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
C1, C2 = nn.Linear(16, 3), nn.Linear(16, 3)
og, o1, o2 = (torch.optim.Adam(m.parameters(), 2e-3) for m in (G, C1, C2))


def reset():
    og.zero_grad()
    o1.zero_grad()
    o2.zero_grad()


def gap(x):
    h = G(x)
    return (F.softmax(C1(h), 1) - F.softmax(C2(h), 1)).abs().mean()


for it in range(15):
    xs = torch.randn(16, 4)
    ys = xs[:, :3].argmax(1)
    xt = torch.randn(16, 4) + 0.5
    reset()
    h = G(xs)
    loss = F.cross_entropy(C1(h), ys) + F.cross_entropy(C2(h), ys)
    loss.backward()
    og.step(), o1.step(), o2.step()
    reset()
    h = G(xs)
    loss = F.cross_entropy(C1(h), ys) + F.cross_entropy(C2(h), ys) - gap(xt)
    loss.backward()
    o1.step(), o2.step()
    reset()
    for k in range(3):
        loss_dis = gap(xt)
        loss_dis.backward()
        og.step()
        reset()
print(loss.item(), loss_dis.item())
