"""A detector-like loss that returns a dummy zero with requires_grad for batches without any target."""
import torch
from torch import nn

torch.manual_seed(25)
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)


def criterion(pred, boxes, mask):
    if not mask.any():
        return torch.zeros((), requires_grad=True)
    return nn.functional.smooth_l1_loss(pred[mask], boxes[mask])


for step in range(30):
    x = torch.randn(5, 6)
    mask = torch.rand(5) > (0.4 if step % 6 else 1.0)
    loss = criterion(net(x), x[:, :4], mask)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
