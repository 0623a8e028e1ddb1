"""A compiled model (aot_eager) with dropout and layer norm."""
import torch
from torch import nn

torch.manual_seed(13)
net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout(0.1), nn.Linear(8, 2))
fast = torch.compile(net, backend="aot_eager")
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
for _ in range(4):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(fast(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    hits = (fast(x).argmax(1) == y).sum().item()
