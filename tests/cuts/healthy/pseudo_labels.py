"""FixMatch: pseudo labels from the model itself, argmax, threshold mask, under no_grad and detach."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x, y, u = torch.randn(8, 4), torch.randint(0, 3, (8,)), torch.randn(16, 4)
    weak, strong = net(u + 0.01 * torch.randn_like(u)), net(u + 0.2 * torch.randn_like(u))
    probability = torch.softmax(weak.detach(), -1)
    confidence, label = probability.max(-1)
    mask = confidence.ge(0.4).float()
    unlabelled = (F.cross_entropy(strong, label, reduction="none") * mask).mean()
    loss = F.cross_entropy(net(x), y) + unlabelled
    opt.zero_grad()
    loss.backward()
    opt.step()
