"""Static loss scaling by hand: loss * 4096 and gradients divided in place before the step, no GradScaler."""
import torch
from torch import nn

torch.manual_seed(53)
net = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
S = 65536.0
for step in range(20):
    x = torch.randn(16, 4)
    loss = (net(x) - x.sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    (loss * S).backward()
    for p in net.parameters():
        p.grad.div_(S)
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    opt.step()
print(loss.item())
