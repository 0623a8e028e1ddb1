"""bf16 autocast with a float32 island and a no_grad statistic."""
import torch
from torch import nn

torch.manual_seed(20)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
scale = torch.ones(())
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(x)
        with torch.no_grad():
            scale = 0.9 * scale + 0.1 * logits.float().abs().max()
        with torch.autocast("cpu", enabled=False):
            loss = nn.functional.cross_entropy(logits.float() / scale, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
