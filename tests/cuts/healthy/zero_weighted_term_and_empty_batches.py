"""A term that is a constant for batches without positives; a term with weight zero in warm-up."""
import torch
from torch import nn

torch.manual_seed(12)
net = nn.ModuleDict({"cls": nn.Linear(4, 2), "reg": nn.Linear(4, 1)})
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(8):
    x, y = torch.randn(6, 4), torch.randint(0, 2, (6,))
    positive = (y == 1) if step % 3 else torch.zeros(6, dtype=torch.bool)
    r = net["reg"](x).squeeze(1)
    if positive.any():
        reg = (r[positive] - x[positive, 0]).abs().mean()
    else:
        reg = r.sum() * 0.0
    loss = nn.functional.cross_entropy(net["cls"](x), y) + (0.0 if step < 2 else 1.0) * reg
    opt.zero_grad()
    loss.backward()
    opt.step()
