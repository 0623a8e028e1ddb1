"""Mean teacher: the teacher is an EMA written through .data, consistency with a ramp from .item()."""
import math

import torch
from torch import nn

torch.manual_seed(18)


def make():
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4))


student, teacher = make(), make()
for p in teacher.parameters():
    p.detach_()
opt = torch.optim.SGD(student.parameters(), lr=0.05)
weight = 0.0
for step in range(12):
    x, u = torch.randn(8, 6), torch.randn(16, 6)
    y = torch.randint(0, 4, (8,))
    ce = nn.functional.cross_entropy(student(x), y)
    t = teacher(u + 0.1 * torch.randn_like(u))
    cons = nn.functional.mse_loss(student(u).softmax(1), t.softmax(1))
    loss = ce + weight * cons
    opt.zero_grad()
    loss.backward()
    opt.step()
    weight = math.exp(-5 * (1 - min(step, 8) / 8) ** 2) / max(1.0, ce.item())
    for pt, ps in zip(teacher.parameters(), student.parameters()):
        pt.data.mul_(0.99).add_(ps.data, alpha=0.01)
    print(f"{loss.item():.4f} {weight:.4f}")
