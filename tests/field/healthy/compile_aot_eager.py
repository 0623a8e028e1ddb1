"""torch.compile(backend="aot_eager") around a module with a norm, eval passes in between."""
import torch
from torch import nn

torch.manual_seed(112)
net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 1))
fast = torch.compile(net, backend="aot_eager")
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
for step in range(6):
    x = torch.randn(8, 4)
    loss = (fast(x) - x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
