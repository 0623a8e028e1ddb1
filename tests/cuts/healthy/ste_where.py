"""A gate whose hard value is used forward through torch.where on a detached mask, the soft one times it."""
import torch
from torch import nn

torch.manual_seed(4)
net = nn.ModuleDict({"gate": nn.Linear(4, 4), "lin": nn.Linear(4, 4)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x = torch.randn(8, 4)
    p = torch.sigmoid(net["gate"](x))
    mask = (p.detach() > 0.3).float()
    out = net["lin"](x) * p * mask
    loss = (out - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
