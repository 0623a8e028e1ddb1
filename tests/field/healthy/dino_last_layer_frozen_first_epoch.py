"""DINO: centring, teacher EMA, and the last layer's gradients are cancelled (p.grad = None) during the first epoch."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(68)


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(8, 16), nn.GELU())
        self.last_layer = nn.utils.parametrizations.weight_norm(nn.Linear(16, 10, bias=False))
        self.last_layer.parametrizations.weight.original0.data.fill_(1)
        self.last_layer.parametrizations.weight.original0.requires_grad = False

    def forward(self, x):
        return self.last_layer(F.normalize(self.backbone(x), dim=-1))


student = Student()
teacher = copy.deepcopy(student).requires_grad_(False)
opt = torch.optim.AdamW([p for p in student.parameters() if p.requires_grad], lr=1e-3)
center = torch.zeros(10)
for epoch in range(3):
    for it in range(8):
        x = torch.randn(16, 8)
        views = [x + 0.1 * torch.randn_like(x) for _ in range(3)]
        t = [F.softmax((teacher(v) - center) / 0.04, -1) for v in views[:2]]
        loss = sum(
            -(p * F.log_softmax(student(v) / 0.1, -1)).sum(-1).mean()
            for i, p in enumerate(t) for j, v in enumerate(views) if i != j
        ) / 4
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 3.0)
        if epoch == 0:
            for name, p in student.named_parameters():
                if "last_layer" in name:
                    p.grad = None
        opt.step()
        with torch.no_grad():
            for q, k in zip(student.parameters(), teacher.parameters()):
                k.mul_(0.99).add_(q, alpha=0.01)
            center = 0.9 * center + 0.1 * torch.cat([teacher(v) for v in views[:2]]).mean(0)
print(loss.item())
