"""Averaged weights are updated in place although they require grad."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: slow
import copy

import torch
from torch import nn

torch.manual_seed(0)
student = nn.Linear(4, 2)
teacher = copy.deepcopy(student)
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(6, 4)
    loss = (student(x) - teacher(x).detach()).square().mean() + student(x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for slow, fast in zip(teacher.parameters(), student.parameters()):
        slow.mul_(0.99).add_(fast, alpha=0.01)  # HERE
