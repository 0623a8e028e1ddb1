"""KD where the student's side was detached instead of the teacher's: that term trains nothing."""
# expect: GA103 detach: student.weight
import torch
import torch.nn.functional as F
from torch import nn


class Kd(nn.Module):
    def __init__(self):
        super().__init__()
        self.student = nn.Linear(4, 3)
        self.teacher = nn.Linear(4, 3).requires_grad_(False)


torch.manual_seed(13)
kd = Kd()
opt = torch.optim.SGD(kd.student.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))
    s, t = kd.student(x), kd.teacher(x)
    soft = F.kl_div(
        F.log_softmax(s.detach() / 2, -1), F.softmax(t / 2, -1), reduction="batchmean"  # CUT
    )
    loss = F.cross_entropy(s, y) + 4 * soft
    opt.zero_grad()
    loss.backward()
    opt.step()
