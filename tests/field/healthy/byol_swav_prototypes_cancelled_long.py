"""SwAV-like: prototypes are frozen for the first 15 iterations by setting their gradient to None, then normalised."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(69)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8))
prototypes = nn.Linear(8, 5, bias=False)
opt = torch.optim.SGD([*net.parameters(), *prototypes.parameters()], lr=0.05, momentum=0.9)


@torch.no_grad()
def sinkhorn(scores):
    q = (scores / 0.05).exp().T
    q /= q.sum()
    for _ in range(3):
        q /= q.sum(1, keepdim=True) * q.shape[0]
        q /= q.sum(0, keepdim=True) * q.shape[1]
    return (q * q.shape[1]).T


for it in range(15):
    with torch.no_grad():
        prototypes.weight.copy_(F.normalize(prototypes.weight, dim=1))
    x = torch.randn(20, 6)
    a, b = (prototypes(F.normalize(net(x + 0.1 * torch.randn_like(x)), dim=1)) for _ in range(2))
    loss = -0.5 * ((sinkhorn(a) * F.log_softmax(b / 0.1, 1)).sum(1).mean() + (sinkhorn(b) * F.log_softmax(a / 0.1, 1)).sum(1).mean())
    opt.zero_grad()
    loss.backward()
    if it < 10:
        for p in prototypes.parameters():
            p.grad = None
    opt.step()
print(loss.item())
