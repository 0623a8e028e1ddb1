"""Hooks clip and log gradients, retain_grad on an activation, a saliency map by autograd.grad on the input."""
import torch
from torch import nn

torch.manual_seed(72)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
seen = []
net[2].weight.register_hook(lambda g: g.clamp(-0.1, 0.1))
net[0].register_full_backward_hook(lambda m, gi, go: seen.append(go[0].norm().item()))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(10):
    x = torch.randn(8, 4, requires_grad=True)
    h = net[:2](x)
    h.retain_grad()
    out = net[2](h)
    (sal,) = torch.autograd.grad(out.max(1).values.sum(), x, retain_graph=True)
    loss = nn.functional.cross_entropy(out, x[:, 0].gt(0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {sal.abs().mean():.4f} {h.grad.norm():.4f} {x.grad.norm():.4f} {seen[-1]:.4f}")
