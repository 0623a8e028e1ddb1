"""Distillation: a frozen teacher in eval, a student with a projector used for hints; KL with temperature squared."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(119)
teacher = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 4)).eval()
for p in teacher.parameters():
    p.requires_grad = False
student = nn.ModuleDict({"body": nn.Linear(6, 8), "hint": nn.Linear(8, 32), "head": nn.Linear(8, 4)})
opt = torch.optim.ASGD(student.parameters(), lr=0.05)
for step in range(20):
    x = torch.randn(16, 6)
    th = teacher[1](teacher[0](x))
    h = torch.relu(student["body"](x))
    kd = F.kl_div(F.log_softmax(student["head"](h) / 4, 1), F.softmax(teacher[2](th) / 4, 1), reduction="batchmean") * 16
    loss = kd + 0.1 * F.mse_loss(student["hint"](h), th)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
