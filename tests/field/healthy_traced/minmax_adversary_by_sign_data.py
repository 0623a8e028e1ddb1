"""FGSM inner steps change the perturbation through .data and zero its gradient; the model's own gradients are cleared before the real step."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(88)
net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(10):
    x = torch.randn(16, 5)
    y = x[:, :3].argmax(1)
    delta = torch.zeros_like(x).uniform_(-0.1, 0.1).requires_grad_()
    for _ in range(2):
        F.cross_entropy(net(x + delta), y).backward()
        delta.data = (delta + 0.05 * delta.grad.detach().sign()).clamp(-0.1, 0.1)
        delta.grad.zero_()
    delta = delta.detach()
    loss = F.cross_entropy(net(x + delta), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
