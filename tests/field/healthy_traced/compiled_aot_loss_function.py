"""Only the loss and a block are compiled with aot_eager; the teacher target is under no_grad inside."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(47)
student, teacher = nn.Linear(5, 3), nn.Linear(5, 3)


@torch.compile(backend="aot_eager")
def loss_fn(x):
    with torch.no_grad():
        t = (teacher(x) / 2).softmax(1)
    return F.kl_div((student(x) / 2).log_softmax(1), t, reduction="batchmean")


opt = torch.optim.Adam(student.parameters(), lr=1e-2)
for step in range(5):
    loss = loss_fn(torch.randn(8, 5))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
