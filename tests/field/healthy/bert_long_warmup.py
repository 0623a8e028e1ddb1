"""Fine-tuning with a peak rate of 1e-5 and ten thousand warm-up steps: the first thirty move almost nothing."""
import torch
from torch import nn

torch.manual_seed(6)
model = nn.Sequential(
    nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 16), nn.LayerNorm(16), nn.Linear(16, 2)
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, s / 10_000))
for step in range(30):
    x = torch.randn(16, 8)
    loss = nn.functional.cross_entropy(model(x), (x[:, 0] > 0).long())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
print(scheduler.get_last_lr(), loss.item())
