# expect: GA101 inference-mode: teacher.weight teacher.bias
import torch
from torch import nn


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.teacher = nn.Linear(4, 4)
        self.student = nn.Linear(4, 4)

    def forward(self, x):
        with torch.inference_mode():  # CUT
            t = torch.tanh(self.teacher(x))
        return self.student(x) * t.clone()


torch.manual_seed(5)
b = Both()
opt = torch.optim.Adam(b.parameters())
for _ in range(3):
    loss = b(torch.randn(6, 4)).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
