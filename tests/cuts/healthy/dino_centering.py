"""DINO: sharpened, centred teacher under no_grad; centre buffer by moving average."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(12)
student, teacher = nn.Linear(6, 5), nn.Linear(6, 5)
teacher.load_state_dict(student.state_dict())
teacher.requires_grad_(False)
center = torch.zeros(1, 5)
opt = torch.optim.AdamW(student.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(12, 6)
    views = [x + 0.1 * torch.randn_like(x) for _ in range(2)]
    with torch.no_grad():
        goals = [F.softmax((teacher(v) - center) / 0.04, -1) for v in views]
    loss = 0
    for i, goal in enumerate(goals):
        for j, view in enumerate(views):
            if i != j:
                loss = loss - (goal * F.log_softmax(student(view) / 0.1, -1)).sum(-1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        center = 0.9 * center + 0.1 * torch.cat([teacher(v) for v in views]).mean(0, keepdim=True)
        for t, s in zip(teacher.parameters(), student.parameters()):
            t.lerp_(s, 0.01)
