# expect: GA101 non-differentiable-op: logits
import torch
from torch import nn
from torch.distributions import OneHotCategorical

logits = nn.Parameter(torch.zeros(4))
codes = nn.Parameter(torch.randn(4, 3))
opt = torch.optim.Adam([logits, codes], lr=0.1)
for _ in range(4):
    pick = OneHotCategorical(logits=logits).sample((6,))  # CUT
    loss = (pick @ codes - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
