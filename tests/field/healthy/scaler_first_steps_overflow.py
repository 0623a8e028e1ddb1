"""fp16-like scaling on the CPU: a huge initial scale overflows a few times, then it works; clipping after unscale_."""
import torch
from torch import nn

torch.manual_seed(51)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**125, growth_interval=20, backoff_factor=2.0**-8)
for step in range(30):
    x = torch.randn(16, 4) * 4
    opt.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long()) * 8
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    scaler.step(opt)
    scaler.update()
print(scaler.get_scale(), loss.item())
