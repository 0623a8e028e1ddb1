"""Some terms are zero tensors when their part of the batch is empty; a term of fixed anchors is constant; weights are python zeros at first."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(70)
anchors = torch.randn(5, 4)
net, reg = nn.Linear(6, 5), nn.Linear(6, 4)
opt = torch.optim.SGD([*net.parameters(), *reg.parameters()], lr=0.1)
for step in range(12):
    x = torch.randn(8, 6)
    y = torch.randint(0, 5, (8,)) * (torch.rand(8) > 0.5)
    logits, box = net(x), reg(x)
    fg = y > 0
    cls = F.cross_entropy(logits, y)
    loc = F.smooth_l1_loss(box[fg], anchors[y[fg]]) if fg.any() else torch.zeros(())
    spread = torch.pdist(anchors).mean()
    w = 0.0 if step < 3 else 0.5
    extra = F.relu(logits.abs().mean() - 100)
    loss = cls + loc + w * box.pow(2).mean() + extra + 0.0 * spread
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {loc.item():.4f}")
