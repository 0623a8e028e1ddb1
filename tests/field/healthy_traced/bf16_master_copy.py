"""bf16 model, float32 master weights copied back by data, under autocast disabled regions."""
import torch
from torch import nn

torch.manual_seed(27)
net = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 2)).bfloat16()
master = [p.detach().float().clone().requires_grad_() for p in net.parameters()]
opt = torch.optim.Adam(master, lr=1e-2)
for step in range(12):
    x = torch.randn(16, 6)
    out = net(x.bfloat16())
    with torch.autocast("cpu", enabled=False):
        loss = nn.functional.mse_loss(out.float(), x[:, :2])
    net.zero_grad()
    loss.backward()
    for m, p in zip(master, net.parameters()):
        m.grad = p.grad.detach().float()
    opt.step()
    with torch.no_grad():
        for m, p in zip(master, net.parameters()):
            p.copy_(m)
    print(f"{loss.item():.4f}")
