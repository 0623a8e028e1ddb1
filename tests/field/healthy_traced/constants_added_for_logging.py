"""The reported loss carries constants: the decay of frozen weights, a KL of fixed distributions, an entropy from no_grad."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(24)
net = nn.Linear(6, 4)
frozen = nn.Linear(6, 4).requires_grad_(False)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(10):
    x = torch.randn(8, 6)
    logits = net(x)
    ce = F.cross_entropy(logits, frozen(x).argmax(1))
    with torch.no_grad():
        entropy = -(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean()
        l2 = sum(p.pow(2).sum() for p in net.parameters())
    reg = sum(p.abs().sum() for p in frozen.parameters())
    loss = ce + 1e-3 * reg
    total = (loss + 1e-4 * l2 - 0.01 * entropy).item()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {total:.4f}")
