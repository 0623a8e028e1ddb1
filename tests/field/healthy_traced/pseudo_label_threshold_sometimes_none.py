"""FixMatch: pseudo labels from weak views without a gradient; the unlabelled term is zero when no sample is sure."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(73)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
proj = nn.Linear(16, 4)
opt = torch.optim.SGD([*net.parameters(), *proj.parameters()], lr=0.1, nesterov=True, momentum=0.9)
for step in range(18):
    x, u = torch.randn(8, 6), torch.randn(24, 6)
    y = x[:, :3].argmax(1)
    weak, strong = u + 0.05 * torch.randn_like(u), u + 0.5 * torch.randn_like(u)
    lx, ls = net(x), net(strong)
    p = net(weak).detach().softmax(-1)
    conf, label = p.max(-1)
    mask = conf.ge(0.5).float()
    lu = (F.cross_entropy(ls, label, reduction="none") * mask).mean()
    loss = F.cross_entropy(lx, y) + lu
    if mask.sum() > 4:
        z = F.normalize(proj(net[:2](strong)), dim=1)
        loss = loss + 0.1 * (z @ z.t()).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {mask.mean().item():.3f}")
