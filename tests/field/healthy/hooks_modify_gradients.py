"""Gradient centralisation by tensor hooks, noise by post-accumulate hooks, adaptive clipping by hand before the step."""
import torch
from torch import nn



def add_noise(p):
    p.grad.add_(0.001 * torch.randn_like(p))


torch.manual_seed(86)
net = nn.Sequential(nn.Conv1d(2, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 6, 3))
for p in net.parameters():
    if p.ndim > 1:
        p.register_hook(lambda g: g - g.mean(dim=tuple(range(1, g.ndim)), keepdim=True))
    p.register_post_accumulate_grad_hook(add_noise)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True)
for step in range(20):
    x = torch.randn(12, 2, 8)
    loss = nn.functional.cross_entropy(net(x), x[:, 0, :3].argmax(1))
    opt.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in net.parameters():
            limit = 0.01 * p.norm().clamp_min(1e-3)
            if p.grad.norm() > limit:
                p.grad.mul_(limit / p.grad.norm())
    opt.step()
print(loss.item())
