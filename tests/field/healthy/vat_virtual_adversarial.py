"""Virtual adversarial training: the power iteration uses backward on a scratch direction, then the model is zeroed."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(76)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)


def vat(x):
    with torch.no_grad():
        p = F.softmax(net(x), 1)
    d = F.normalize(torch.randn_like(x), dim=1)
    for _ in range(2):
        d.requires_grad_()
        kl = F.kl_div(F.log_softmax(net(x + 1e-1 * d), 1), p, reduction="batchmean")
        kl.backward()
        d = F.normalize(d.grad, dim=1)
        net.zero_grad()
    return F.kl_div(F.log_softmax(net(x + 0.5 * d), 1), p, reduction="batchmean")


for it in range(20):
    x, u = torch.randn(8, 4), torch.randn(24, 4)
    y = (x[:, 0] > 0).long()
    loss = F.cross_entropy(net(x), y) + vat(u)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
