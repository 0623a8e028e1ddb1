"""Knowledge distillation; the teacher is not even frozen, only under no_grad."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(24)
teacher = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3)).eval()
student = nn.Linear(5, 3)
opt = torch.optim.SGD(student.parameters(), lr=0.1)
T = 3.0
for _ in range(6):
    x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))
    with torch.no_grad():
        soft = F.softmax(teacher(x) / T, 1)
    logits = student(x)
    kd = F.kl_div(F.log_softmax(logits / T, 1), soft, reduction="batchmean") * T * T
    loss = 0.7 * kd + 0.3 * F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
