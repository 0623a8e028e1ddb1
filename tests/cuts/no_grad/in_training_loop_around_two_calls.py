"""In the loop, no_grad is meant for the teacher and holds the student's encoder too."""
# expect: GA101 no-grad-region: student.0.weight
import torch
from torch import nn

torch.manual_seed(7)
teacher = nn.Linear(4, 3).requires_grad_(False)
student = nn.Sequential(nn.Linear(4, 6), nn.Tanh())
head = nn.Linear(6, 3)
opt = torch.optim.Adam([*student.parameters(), *head.parameters()], lr=1e-2)
for step in range(6):
    x = torch.randn(16, 4)
    with torch.no_grad():  # CUT
        goal = teacher(x)
        h = student(x)
    loss = nn.functional.mse_loss(head(h), goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
