"""The gradient norm is logged after the step with clip_grad_norm_(..., inf), which changes nothing."""
import math

import torch
from torch import nn

torch.manual_seed(19)
model = nn.Linear(4, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
log = []
for step in range(12):
    x = torch.randn(16, 4)
    loss = nn.functional.cross_entropy(model(x), (x[:, 1] > 0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.append({"loss": loss.item(), "norm": nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()})
print(log[-1])
