"""The loss module detaches the projection that it alone owns."""
# expect: GA101 detach: criterion.proj.weight
import torch
from torch import nn
import torch.nn.functional as F


class AlignLoss(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim, bias=False)

    def forward(self, student, teacher):
        projected = self.proj(student)
        return 1 - F.cosine_similarity(
            student,
            projected.detach() + teacher,  # CUT
            dim=-1,
        ).mean()


torch.manual_seed(7)
student = nn.Linear(5, 6)
criterion = AlignLoss(6)
optimizer = torch.optim.Adam([*student.parameters(), *criterion.parameters()], lr=1e-2)
for _ in range(5):
    x = torch.randn(7, 5)
    teacher = F.pad(x, (0, 1))
    loss = criterion(student(x), teacher)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
