"""LoRA with the rate at exactly 0 for the first 12 steps (Adam's moments warm up): A's gradient is 0 all that time."""
import torch
from torch import nn

torch.manual_seed(81)
base = nn.Linear(8, 8).requires_grad_(False)
A, B = nn.Linear(8, 2, bias=False), nn.Linear(2, 8, bias=False)
nn.init.zeros_(B.weight)
opt = torch.optim.AdamW([*A.parameters(), *B.parameters()], lr=1e-2)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: 0.0 if s < 12 else min(1.0, (s - 11) / 10))
for step in range(40):
    x = torch.randn(16, 8)
    loss = (base(x) + B(A(x)) - x.roll(1, 1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
print(loss.item())
