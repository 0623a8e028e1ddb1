"""The quality head's target is the detached IoU of the predicted boxes."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(42)
box, quality = nn.Linear(4, 2), nn.Linear(4, 1)
opt = torch.optim.SGD([*box.parameters(), *quality.parameters()], lr=0.05)
for _ in range(6):
    f, goal = torch.randn(10, 4), torch.rand(10, 2)
    pred = box(f).sigmoid()
    inter = torch.min(pred, goal).prod(1)
    iou = inter / (pred.prod(1) + goal.prod(1) - inter + 1e-6)
    q = quality(f).squeeze(1)
    loss = (1 - iou).mean() + F.binary_cross_entropy_with_logits(q, iou.detach())
    opt.zero_grad()
    loss.backward()
    opt.step()
