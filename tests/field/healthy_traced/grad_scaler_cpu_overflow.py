"""A CPU GradScaler with a huge scale: the first steps overflow and are skipped, then it trains."""
import torch
from torch import nn

torch.manual_seed(26)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127, growth_interval=100, backoff_factor=2.0**-40)
for step in range(12):
    x = torch.randn(16, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.mse_loss(net(x).float(), 3 * x.sum(1, keepdim=True))
    opt.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    scaler.step(opt)
    scaler.update()
    print(f"{loss.item():.3f} {scaler.get_scale():.1f}")
